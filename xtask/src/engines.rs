//! Our engines by name.

use anyhow::{bail, Result};
use zkperf_exec::Zkvm;

/// The engine of a zkVM.
pub fn engine(zkvm: &str) -> Result<Box<dyn Zkvm + Sync>> {
    match zkvm {
        "zisk" => Ok(Box::new(zkperf_zisk::Zisk)),
        "sp1" => Ok(Box::new(zkperf_sp1::Sp1)),
        other => bail!("no engine for {other}; there are zisk and sp1"),
    }
}
