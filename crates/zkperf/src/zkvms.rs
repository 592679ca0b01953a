//! The zkVMs this binary can run: a list, and nothing else knows it.

use anyhow::{bail, Result};
use zkperf_exec::Zkvm;
use zkperf_sp1::Sp1;
use zkperf_zisk::Zisk;

/// Every zkVM, in display order.
pub fn all() -> Vec<Box<dyn Zkvm>> {
    vec![Box::new(Zisk), Box::new(Sp1)]
}

/// The zkVM of that name, with or without `@version`.
///
/// # Errors
/// Names the zkVMs and versions there are.
pub fn by_name(wanted: &str) -> Result<Box<dyn Zkvm>> {
    let (name, version) = match wanted.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (wanted, None),
    };
    let found = all().into_iter().find(|zkvm| {
        zkvm.name() == name && version.is_none_or(|version| version == zkvm.version())
    });
    match found {
        Some(zkvm) => Ok(zkvm),
        None => {
            let known: Vec<String> = all()
                .iter()
                .map(|zkvm| format!("{}@{}", zkvm.name(), zkvm.version()))
                .collect();
            bail!(
                "no zkVM is called {wanted:?} here; there are: {}",
                known.join(", ")
            )
        }
    }
}
