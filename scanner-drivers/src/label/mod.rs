//! Labels: what is on them, laid out in millimetres and drawn to dots.
