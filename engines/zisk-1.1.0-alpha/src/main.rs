//! zkperf's engine for an older version of ZisK, as a process of its own. Newer neighbours take this file, too.

use std::process::ExitCode;

fn main() -> ExitCode {
    zkperf_engine::serve(&zkperf_zisk::Zisk)
}
