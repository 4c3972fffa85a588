//! Label templates of the chain: drafted, looked at dot for dot, published, and then printed by every edge.
//!
//! Rules: a template that cannot be printed is not published; the standard templates of the program hold until one of the same name is
//! published, and are what a new one begins with; edges get what holds as the data set `labels`, always whole, since there are few.

pub mod api;
mod store;
