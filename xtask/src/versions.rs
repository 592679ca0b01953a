//! `cargo xtask versions`: newer official crates in the registry, and what their tables change.

use std::collections::BTreeMap;
use std::io::Read;

use anyhow::{Context, Result};
use semver::Version;
use similar::TextDiff;

/// Official crates that prices and rules come from, and the files that hold them.
const WATCHED: &[Watched] = &[
    Watched {
        zkvm: "zisk",
        name: "zisk-core",
        ours: "1.4.0-alpha",
        files: &[
            "src/zisk_ops_costs.rs",
            "src/frops_regions.rs",
            "src/mem.rs",
        ],
    },
    Watched {
        zkvm: "zisk",
        name: "ziskemu",
        ours: "1.4.0-alpha",
        files: &["src/emu_costs.rs", "src/stats/mem_operations_stats.rs"],
    },
    Watched {
        zkvm: "sp1",
        name: "sp1-core-executor",
        ours: "6.10.0",
        files: &[
            "src/artifacts/rv64im_costs.json",
            "src/artifacts/rv64im_complexity.json",
            "src/vm/chip_complexity.json",
        ],
    },
    Watched {
        zkvm: "risc0",
        name: "risc0-circuit-rv32im",
        ours: "4.0.5",
        files: &[
            "src/execute/platform.rs",
            "src/execute/pager.rs",
            "src/execute/segment.rs",
        ],
    },
    Watched {
        zkvm: "risc0",
        name: "risc0-zkos-v1compat",
        ours: "2.2.3",
        files: &["src/lib.rs"],
    },
];

struct Watched {
    zkvm: &'static str,
    name: &'static str,
    /// Version that zkperf's newest engine follows.
    ours: &'static str,
    files: &'static [&'static str],
}

/// Lists every watched crate's versions beyond ours, and prints how their tables differ: of the newest
/// one, or of `version` where that exists.
///
/// # Errors
/// The registry cannot be reached, or answers something else.
pub fn run(zkvm: Option<&str>, version: Option<&str>) -> Result<()> {
    let wanted = |watched: &&Watched| zkvm.is_none_or(|zkvm| zkvm == watched.zkvm);
    for watched in WATCHED.iter().filter(wanted) {
        let versions = published(watched.name)?;
        let ours = Version::parse(watched.ours)?;
        let newer: Vec<&Version> = versions.iter().filter(|v| **v > ours).collect();
        let list: Vec<String> = newer.iter().map(|version| version.to_string()).collect();
        println!(
            "{} {}: ours {}, newer: {}",
            watched.zkvm,
            watched.name,
            watched.ours,
            if list.is_empty() {
                "none".to_owned()
            } else {
                list.join(", ")
            }
        );
        let other = match version {
            Some(version) => versions.iter().find(|known| known.to_string() == version),
            None => newer.last().copied(),
        };
        if let Some(other) = other {
            print_changes(watched, &ours, other)?;
        }
    }
    Ok(())
}

/// Versions of a crate that were not withdrawn, oldest first, from the registry's sparse index.
fn published(name: &str) -> Result<Vec<Version>> {
    let path = match name.len() {
        1..=3 => format!("{}/{name}", name.len()),
        _ => format!("{}/{}/{name}", &name[..2], &name[2..4]),
    };
    let index = text(&format!("https://index.crates.io/{path}"))?;
    let mut versions = Vec::new();
    for line in index.lines() {
        let entry: serde_json::Value = serde_json::from_str(line)
            .with_context(|| format!("the registry's index of {name} is not JSON"))?;
        if entry["yanked"] != true {
            versions.push(Version::parse(entry["vers"].as_str().unwrap_or_default())?);
        }
    }
    versions.sort();
    Ok(versions)
}

fn print_changes(watched: &Watched, ours: &Version, other: &Version) -> Result<()> {
    let before = sources(watched, ours)?;
    let after = sources(watched, other)?;
    for file in watched.files {
        let [old, new] = [&before, &after].map(|files| files.get(*file).map_or("", String::as_str));
        match (old == new, new.is_empty()) {
            (true, _) => println!("  {file}: the same in {other}"),
            (false, true) => println!("  {file}: gone in {other}; look where it went"),
            (false, false) => {
                println!("  {file}: differs in {other}");
                let diff = TextDiff::from_lines(old, new);
                let diff = diff.unified_diff().context_radius(0).to_string();
                diff.lines().for_each(|line| println!("    {line}"));
            }
        }
    }
    Ok(())
}

/// The watched files of a published version, by path.
fn sources(watched: &Watched, version: &Version) -> Result<BTreeMap<String, String>> {
    let name = watched.name;
    let url = format!("https://static.crates.io/crates/{name}/{name}-{version}.crate");
    let packed = bytes(&url)?;
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&packed[..]));
    let mut files = BTreeMap::new();
    for entry in archive.entries()? {
        let mut entry = entry.with_context(|| format!("{url} is damaged"))?;
        let path = entry.path()?.to_string_lossy().into_owned();
        let Some((_, path)) = path.split_once('/') else {
            continue;
        };
        if watched.files.contains(&path) {
            let path = path.to_owned();
            let mut text = String::new();
            entry.read_to_string(&mut text)?;
            files.insert(path, text);
        }
    }
    Ok(files)
}

fn text(url: &str) -> Result<String> {
    String::from_utf8(bytes(url)?).with_context(|| format!("{url} is not text"))
}

fn bytes(url: &str) -> Result<Vec<u8>> {
    /// More than any crate may have.
    const MOST_BYTES: u64 = 64 << 20;
    // The machine's own certificates: a company's proxy is trusted where cargo trusts it.
    let tls = ureq::tls::TlsConfig::builder()
        .root_certs(ureq::tls::RootCerts::PlatformVerifier)
        .build();
    let agent = ureq::Agent::config_builder().tls_config(tls).build();
    let mut answer = ureq::Agent::new_with_config(agent)
        .get(url)
        .call()
        .with_context(|| format!("cannot get {url}"))?;
    let body = answer.body_mut().with_config().limit(MOST_BYTES);
    body.read_to_vec()
        .with_context(|| format!("cannot read {url}"))
}
