//! System tests: real processes, real sockets, real faults.

mod labels;
