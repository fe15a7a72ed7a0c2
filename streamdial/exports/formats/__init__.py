"""The forms a data set is written in, a module each: for training, for benchmarks, and to be read back."""
