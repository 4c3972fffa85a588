//! Labels judged by others: drawn by renderers and read by readers that share no code with what the product draws and reads with.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests are tests")]

mod findings;
mod judges;
mod matrix;
mod pictures;
mod symbologies;
