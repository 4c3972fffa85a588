//! Printers: what they speak, how they are reached, and whether they printed.
