//! Which guests a checkout holds.

use crate::manifest::Manifest;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How the guests of a zkVM are told: by a crate that only they depend on.
#[derive(Debug, Clone, Copy)]
pub struct Sdk {
    /// zkVM, as `--zkvm` takes it.
    pub zkvm: &'static str,
    /// Crates that guests depend on, the zkVM's own first.
    pub crates: &'static [&'static str],
    /// True if programs of the host depend on the same crate, so that a guest's source must be looked at, too.
    pub shared_with_host: bool,
}

/// Every zkVM whose guests are recognised, in display order.
pub const SDKS: &[Sdk] = &[
    Sdk {
        zkvm: "zisk",
        crates: &["ziskos", "ere-platform-zisk"],
        shared_with_host: false,
    },
    Sdk {
        zkvm: "sp1",
        crates: &["sp1-zkvm", "ere-platform-sp1"],
        shared_with_host: false,
    },
    Sdk {
        zkvm: "risc0",
        crates: &["risc0-zkvm", "ere-platform-risc0"],
        shared_with_host: true,
    },
];

/// A way in which projects lay their guests out: where, and whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Layout {
    /// Name for people.
    pub name: &'static str,
    /// Where a zkVM's guest is; `{zkvm}` stands for its name.
    pub path: &'static str,
    /// Whether it is ethrex's, whose guests read ethrex's own input format.
    pub ethrex: bool,
}

/// Known layouts. Where a checkout has guests in several of them, the first one is taken: ethrex's newest first.
pub const LAYOUTS: &[Layout] = &[
    ethrex(
        "ethrex (crates/guest-program)",
        "crates/guest-program/bin/{zkvm}",
    ),
    ethrex(
        "ethrex (guest_program in the prover)",
        "crates/l2/prover/src/guest_program/src/{zkvm}",
    ),
    ethrex(
        "ethrex (guest_program in the prover, early)",
        "crates/l2/prover/src/guest_program/{zkvm}",
    ),
    ethrex(
        "ethrex (zkvm/interface in the prover)",
        "crates/l2/prover/zkvm/interface/{zkvm}",
    ),
    ethrex(
        "ethrex (stateless validator)",
        "crates/guest-program/stateless-validator/bin/{zkvm}",
    ),
    Layout {
        name: "cargo prove new",
        path: "program",
        ethrex: false,
    },
    Layout {
        name: "rzup / cargo risczero new",
        path: "methods/guest",
        ethrex: false,
    },
    Layout {
        name: "cargo-zisk new",
        path: "guest",
        ethrex: false,
    },
];

const fn ethrex(name: &'static str, path: &'static str) -> Layout {
    Layout {
        name,
        path,
        ethrex: true,
    }
}

/// A guest that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Folder of its manifest, relative to the checkout, with `/`; `.` for the checkout itself.
    pub package: String,
    /// Its package's name.
    pub name: String,
    /// The crate by which it was told, and what of it is asked for.
    pub sdk: String,
    /// The layout it is part of, if it is a known one.
    pub layout: Option<Layout>,
}

/// What was found in a checkout.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Recognised {
    /// zkVM → its guests, the one to take first.
    pub guests: BTreeMap<String, Vec<Candidate>>,
}

impl Recognised {
    /// The guest to take for each zkVM, in display order.
    pub fn chosen(&self) -> impl Iterator<Item = (&'static str, &Candidate)> {
        let first = |sdk: &Sdk| Some((sdk.zkvm, self.guests.get(sdk.zkvm)?.first()?));
        SDKS.iter().filter_map(first)
    }

    /// Whether it is a checkout of ethrex.
    pub fn is_ethrex(&self) -> bool {
        let ethrex = |guest: &Candidate| guest.layout.is_some_and(|layout| layout.ethrex);
        self.chosen().any(|(_, guest)| ethrex(guest))
    }
}

/// Folders deeper than this are not looked at.
const MAX_DEPTH: usize = 10;
/// Never more manifests than this: a folder full of other things is not a checkout.
const MAX_MANIFESTS: usize = 5_000;
/// Folders that hold no sources.
const SKIPPED: &[&str] = &["target", "node_modules", "zkperf-guests"];

/// Looks for guests in a checkout. Links are not followed, so nothing is found twice and nothing outside.
pub fn recognise(root: &Path) -> Recognised {
    let mut manifests = Vec::new();
    collect(root, 0, &mut manifests);
    let packages: Vec<(PathBuf, Manifest)> = manifests
        .into_iter()
        .filter_map(|folder| {
            let manifest = Manifest::read(&folder.join("Cargo.toml"))?;
            Some((folder, manifest))
        })
        .collect();
    let methods: Vec<PathBuf> = packages
        .iter()
        .flat_map(|(folder, manifest)| manifest.methods.iter().map(|path| folder.join(path)))
        .collect();
    let mut found = Recognised::default();
    for (folder, manifest) in &packages {
        let Some((zkvm, sdk)) = guest_of(folder, manifest, methods.contains(folder)) else {
            continue;
        };
        let package = relative(root, folder);
        found
            .guests
            .entry(zkvm.to_owned())
            .or_default()
            .push(Candidate {
                layout: layout_of(&package, zkvm),
                package,
                name: manifest.name.clone(),
                sdk,
            });
    }
    for (zkvm, guests) in &mut found.guests {
        guests.sort_by_key(|guest| order(guest, zkvm));
    }
    found
}

/// Known layouts in their order, then the folders nearest to the root, then by name.
fn order(guest: &Candidate, zkvm: &str) -> (usize, usize, String) {
    let known = LAYOUTS
        .iter()
        .position(|layout| Some(*layout) == guest.layout);
    let depth = guest.package.matches('/').count();
    // A folder with a name such as `zisk-1.1.0` comes after `zisk`.
    let exact = guest.package.ends_with(&format!("/{zkvm}")) || guest.package == zkvm;
    (
        known.unwrap_or(LAYOUTS.len()),
        depth * 2 + usize::from(!exact),
        guest.package.clone(),
    )
}

fn layout_of(package: &str, zkvm: &str) -> Option<Layout> {
    let fits = |layout: &&Layout| layout.path.replace("{zkvm}", zkvm) == package;
    LAYOUTS.iter().find(fits).copied()
}

/// The zkVM that a package is a guest of, and the dependency that tells it.
fn guest_of(folder: &Path, manifest: &Manifest, is_method: bool) -> Option<(&'static str, String)> {
    let main = folder.join("src/main.rs");
    if manifest.name.is_empty() || !(manifest.has_bin || main.is_file()) {
        return None;
    }
    for sdk in SDKS {
        for known in sdk.crates {
            let Some((name, wanted)) = manifest.dependencies.iter().find(|(name, _)| name == known)
            else {
                continue;
            };
            if sdk.shared_with_host
                && *known == sdk.crates[0]
                && !is_method
                && !uses_guest_api(&main)
            {
                continue;
            }
            return Some((sdk.zkvm, format!("{name} {wanted}").trim().to_owned()));
        }
    }
    None
}

/// Whether a program's source calls the zkVM from inside.
fn uses_guest_api(main: &Path) -> bool {
    let source = std::fs::read_to_string(main).unwrap_or_default();
    [
        "risc0_zkvm::guest",
        "guest::env",
        "guest::entry!",
        "risc0_zkvm::entry!",
    ]
    .iter()
    .any(|call| source.contains(call))
}

/// Folders with a manifest, the root's first.
fn collect(folder: &Path, depth: usize, manifests: &mut Vec<PathBuf>) {
    if manifests.len() >= MAX_MANIFESTS {
        return;
    }
    if folder.join("Cargo.toml").is_file() {
        manifests.push(folder.to_owned());
    }
    if depth == MAX_DEPTH {
        return;
    }
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut folders: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .filter(|path| !is_skipped(path))
        .collect();
    folders.sort();
    for folder in folders {
        collect(&folder, depth + 1, manifests);
    }
}

fn is_skipped(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    // Another repository in this one is not this one's.
    name.starts_with('.') || SKIPPED.contains(&name.as_ref()) || folder.join(".git").exists()
}

fn relative(root: &Path, folder: &Path) -> String {
    let path = folder.strip_prefix(root).unwrap_or(folder);
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    match parts.is_empty() {
        true => ".".to_owned(),
        false => parts.join("/"),
    }
}
