//! How facts become double-entry stock movements, and what must always hold of them.
