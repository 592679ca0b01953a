//! `zkperf lab init`: the lab's part of `zkperf.toml`, and what git must know of the ledger.

use crate::cli::Global;
use crate::{files, report};
use anyhow::{Context, Result};
use std::path::Path;
use zkperf_config::{Config, FILE_NAME};
use zkperf_lab::Repo;

/// The table, with what each key means.
const LAB_TABLE: &str = include_str!("lab.toml");
/// For a repository without any `zkperf.toml`.
const GUEST_TABLE: &str = include_str!("guest.toml");
/// What builds and runs leave behind.
const IGNORED: &[&str] = &["*.zkp", "profiles/", "zkperf-guests/", "target/"];

/// Runs the command.
///
/// # Errors
/// No repository; a file cannot be read or written; a `zkperf.toml` that cannot be understood.
pub fn run(global: &Global) -> Result<()> {
    let here = std::env::current_dir().context("cannot tell the working directory")?;
    let repo = Repo::find(&here)?;
    let path = Config::locate(&here).unwrap_or_else(|| repo.root().join(FILE_NAME));
    let mut written = Vec::new();
    if add_lab_table(&path)? {
        written.push(path.clone());
    }
    let config = Config::load(&path)?;
    let folder = config.root().to_owned();
    let ledger = &config.lab.ledger;
    let logbook = Path::new(ledger).with_file_name("logbook.md");
    let logbook = logbook.to_string_lossy().replace('\\', "/");
    // Two branches that wrote rows keep both; `verify --repair` joins them. The logbook is rendered anew then.
    let reports = logbook.replace("logbook.md", "reports/[0-9]*-*.md");
    let attributes = [ledger, &logbook, &reports].map(|path| format!("/{path} -text merge=union"));
    let ignored: Vec<String> = IGNORED.iter().map(|line| (*line).to_owned()).collect();
    for (name, lines) in [
        (".gitattributes", &attributes[..]),
        (".gitignore", &ignored[..]),
    ] {
        let path = folder.join(name);
        if add_lines(&path, lines)? {
            written.push(path);
        }
    }
    let ledger = config.resolve(ledger);
    if !ledger.exists() {
        files::write(&ledger, b"")?;
        written.push(ledger);
    }
    let next =
        "commit these, fill in [guest] and [bench] if they are empty, then: zkperf lab baseline";
    let document =
        serde_json::json!({ "schema": "zkperf-lab-init/1", "written": written, "next": next });
    report::view(global, &document, |_| {
        let lines = written
            .iter()
            .map(|path| format!("wrote {}\n", path.display()));
        lines.collect::<String>() + &format!("next  {next}\n")
    })
}

/// Adds the table `[lab]`, with the file if it is not there. Returns whether it wrote.
fn add_lab_table(path: &Path) -> Result<bool> {
    let there = match path.is_file() {
        true => String::from_utf8_lossy(&files::read(path)?).into_owned(),
        false => GUEST_TABLE.to_owned(),
    };
    if there
        .lines()
        .any(|line| line.trim_start().starts_with("[lab]"))
    {
        return Ok(false);
    }
    let gap = if there.ends_with('\n') || there.is_empty() {
        "\n"
    } else {
        "\n\n"
    };
    files::write(path, format!("{there}{gap}{LAB_TABLE}").as_bytes())?;
    Ok(true)
}

/// Adds the lines that a file lacks. Returns whether it wrote.
fn add_lines(path: &Path, lines: &[String]) -> Result<bool> {
    let mut text = match path.is_file() {
        true => String::from_utf8_lossy(&files::read(path)?).into_owned(),
        false => String::new(),
    };
    let has = |text: &str, line: &String| text.lines().any(|known| known.trim() == line);
    let missing: Vec<&String> = lines.iter().filter(|line| !has(&text, line)).collect();
    if missing.is_empty() {
        return Ok(false);
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    missing.iter().for_each(|line| text += &format!("{line}\n"));
    files::write(path, text.as_bytes())?;
    Ok(true)
}
