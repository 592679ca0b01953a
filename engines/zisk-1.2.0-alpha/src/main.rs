//! zkperf's engine for ZisK 1.2.0-alpha, as a process of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    zkperf_engine::serve(&zkperf_zisk::Zisk)
}
