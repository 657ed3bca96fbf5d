"""Prices on paper: tariff files, levies, and the catalogue of provider folders."""
