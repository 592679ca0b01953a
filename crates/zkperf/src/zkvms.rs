//! The zkVMs this binary can run: a list, and nothing else knows it.

use crate::exit;
use anyhow::Result;
use zkperf_exec::Zkvm;
use zkperf_risc0::Risc0;
use zkperf_sp1::Sp1;
use zkperf_zisk::Zisk;

/// Every zkVM, in display order.
pub fn all() -> Vec<Box<dyn Zkvm>> {
    vec![Box::new(Zisk), Box::new(Sp1), Box::new(Risc0)]
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
            Err(exit::usage(format!(
                "no zkVM is called {wanted:?} here; there are: {}",
                known.join(", ")
            )))
        }
    }
}

/// The zkVM of that name, or every one for `all`.
///
/// # Errors
/// As [`by_name`].
pub fn selection(wanted: &str) -> Result<Vec<Box<dyn Zkvm>>> {
    match wanted {
        "all" => Ok(all()),
        name => Ok(vec![by_name(name)?]),
    }
}
