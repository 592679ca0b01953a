//! Our engines by name.

use anyhow::{bail, Result};
use zkperf_exec::Zkvm;

/// The engine of a zkVM.
pub fn engine(zkvm: &str) -> Result<Box<dyn Zkvm + Sync>> {
    bail!("no engine for {zkvm} is linked into xtask yet")
}
