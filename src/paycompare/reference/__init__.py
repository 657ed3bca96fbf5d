"""What money is worth: the rate, the stack of sources behind it, official pegs and the embedded tables."""
