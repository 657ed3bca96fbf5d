"""Many payments at once: the same minor units as one comparison after another, column by column."""
