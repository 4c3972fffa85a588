//! Sender and receiver of the sync protocol as sans-I/O state machines that return actions.
