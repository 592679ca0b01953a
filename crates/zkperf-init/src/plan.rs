//! The files of a laid-down workflow, and writing them.

use crate::error::InitError;
use crate::landscape::landscape;
use crate::recognise::Recognised;
use crate::render;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Where the workflow goes, in the repository.
pub const BENCH_DIR: &str = "scripts/zkvm-bench";

/// What is to be laid down.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Name of the guest.
    pub name: String,
    /// Blocks to measure; the guides' command lines name the first.
    pub blocks: Vec<u64>,
    /// Recorded blocks: files or patterns relative to the repository.
    pub recorded: Vec<String>,
    /// Whether to lay down the CI recipes, too.
    pub ci: bool,
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path in the repository, with `/`.
    pub path: String,
    /// What goes into it.
    pub content: String,
    /// Whether it can be run.
    pub executable: bool,
}

/// All files of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The files.
    pub files: Vec<File>,
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Written {
    /// Files that were written.
    pub written: Vec<String>,
    /// Files that were there with other content and stayed as they were.
    pub kept: Vec<String>,
    /// Files that were there already, the same.
    pub same: Vec<String>,
}

/// Files whose text depends on nothing but the block in their examples: (path under [`BENCH_DIR`], text).
const FILES: &[(&str, &str)] = &[
    ("Makefile", include_str!("../templates/Makefile")),
    ("README.md", include_str!("../templates/README.md")),
    (".gitignore", include_str!("../templates/gitignore")),
    ("logbook.md", include_str!("../templates/logbook.md")),
    ("reports/README.md", include_str!("../templates/reports.md")),
    ("bin/common.sh", include_str!("../templates/bin/common.sh")),
    (
        "bin/profile-zisk.sh",
        include_str!("../templates/bin/profile-zisk.sh"),
    ),
    (
        "bin/profile-sp1.sh",
        include_str!("../templates/bin/profile-sp1.sh"),
    ),
    (
        "bin/profile-risc0.sh",
        include_str!("../templates/bin/profile-risc0.sh"),
    ),
    ("docs/help.txt", include_str!("../templates/docs/help.txt")),
    (
        "docs/usage_guide.md",
        include_str!("../templates/docs/usage_guide.md"),
    ),
    (
        "docs/AGENT_INSTRUCTIONS.md",
        include_str!("../templates/docs/AGENT_INSTRUCTIONS.md"),
    ),
];

/// Filled in by people.
const LOGBOOK: &str = "logbook.md";

/// The block in examples where none was chosen: the first mainnet block of zkperf's own tests.
const EXAMPLE_BLOCK: u64 = 24_628_607;

impl Plan {
    /// What would be written for what was recognised.
    pub fn new(recognised: &Recognised, options: &Options) -> Self {
        let block = options.blocks.first().copied().unwrap_or(EXAMPLE_BLOCK);
        let file = |path: String, content: String| File {
            executable: path.ends_with(".sh") && !path.ends_with("common.sh"),
            path,
            content,
        };
        let mut files = vec![file(
            "zkperf.toml".into(),
            render::config(recognised, options),
        )];
        let mut add = |path: &str, content: &str| {
            let content = content.replace("{{block}}", &block.to_string());
            files.push(file(format!("{BENCH_DIR}/{path}"), content));
        };
        for (path, content) in FILES {
            add(path, content);
        }
        add("docs/zkvm_landscape.md", &landscape());
        if recognised.is_ethrex() {
            add(
                "bin/ethrex-input.sh",
                include_str!("../templates/bin/ethrex-input.sh"),
            );
        }
        if options.ci {
            add("ci.sh", include_str!("../templates/ci.sh"));
            files.push(file(
                ".github/workflows/zkperf.yml".into(),
                include_str!("../templates/zkperf.yml").into(),
            ));
        }
        Self { files }
    }

    /// Writes the files into `root`. One that is there with other content stays as it is, unless `force`d; the
    /// logbook stays in any case: what is in it is nowhere else.
    ///
    /// # Errors
    /// `root` is no folder; a file cannot be written. What was written before stays: running again goes on.
    pub fn write(&self, root: &Path, force: bool) -> Result<Written, InitError> {
        if !root.is_dir() {
            return Err(InitError::NotAFolder(root.to_owned()));
        }
        let mut done = Written::default();
        for file in &self.files {
            let path = root.join(&file.path);
            // A link that leads nowhere is there, too.
            let there = path.symlink_metadata().is_ok();
            if there && std::fs::read(&path).is_ok_and(|bytes| bytes == file.content.as_bytes()) {
                done.same.push(file.path.clone());
            } else if there && (!force || file.path.ends_with(LOGBOOK)) {
                done.kept.push(file.path.clone());
            } else {
                write(&path, file)?;
                done.written.push(file.path.clone());
            }
        }
        Ok(done)
    }
}

fn write(path: &Path, file: &File) -> Result<(), InitError> {
    let failed = |cause| InitError::Write {
        path: PathBuf::from(path),
        cause,
    };
    zkperf_files::write_with_folder(path, file.content.as_bytes()).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = if file.executable { 0o755 } else { 0o644 };
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(path, permissions).map_err(failed)?;
    }
    Ok(())
}
