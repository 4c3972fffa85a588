//! Pictures from a phone or a camera to the codes in them.
