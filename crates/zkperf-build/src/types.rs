//! A second build of the same code, with the types of some crates in its debug information.
//!
//! `debug = 2` for a whole guest makes link-time optimisation take several times the memory. What is asked for are fields
//! of a few types, so only the crates that define them get it. A profile override in cargo would do that, too, but cargo
//! puts a crate's profile into the hash that its symbols carry, and functions may be laid out in another order then.
//! So cargo is told nothing: a wrapper round the compiler adds the flag.

use crate::error::BuildError;
use crate::files::write_atomic;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Writes a program that cargo starts in place of the compiler; it adds `debuginfo=2` for the crates that define the
/// types of `fields`.
///
/// # Errors
/// A file that cannot be written.
pub(crate) fn write_wrapper(folder: &Path, fields: &[(&str, &str)]) -> Result<PathBuf, BuildError> {
    let path = folder.join("rustc-with-types");
    write_atomic(&path, script(&crates(fields)).as_bytes())?;
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&path, executable).map_err(BuildError::file(&path))?;
    Ok(path)
}

/// The crates in which types lie: the first parts of their paths.
fn crates<'a>(fields: &[(&'a str, &str)]) -> BTreeSet<&'a str> {
    let first = |(owner, _): &(&'a str, &str)| owner.split("::").next().unwrap_or(owner);
    fields.iter().map(first).collect()
}

/// `$1` is the compiler, then come its arguments; of an option given twice rustc takes the last.
fn script(crates: &BTreeSet<&str>) -> String {
    let names: Vec<&str> = crates.iter().copied().collect();
    format!(
        "#!/bin/sh\nfor argument; do\n  case $name in --crate-name) name=$argument; break;; esac\n  name=$argument\n\
         done\ncase $name in\n  {}) exec \"$@\" -Cdebuginfo=2;;\nesac\nexec \"$@\"\n",
        names.join("|")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// What the compiler is started with for a crate.
    fn arguments(name: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let fields = [("levm::vm::VM", "frame"), ("levm::Frame", "code")];
        let wrapper = write_wrapper(folder.path(), &fields).unwrap();
        let output = Command::new(wrapper)
            .args(["echo", "--crate-name", name, "--edition=2021", "a b.rs"])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn only_the_crates_of_the_types_get_them() {
        let given = "--crate-name levm --edition=2021 a b.rs -Cdebuginfo=2\n";
        assert_eq!(arguments("levm"), given);
        assert_eq!(
            arguments("levm_extra"),
            "--crate-name levm_extra --edition=2021 a b.rs\n"
        );
    }

    #[test]
    fn what_names_no_crate_passes_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let wrapper = write_wrapper(folder.path(), &[("levm::VM", "frame")]).unwrap();
        let output = Command::new(wrapper)
            .args(["echo", "-vV"])
            .output()
            .unwrap();
        assert_eq!(output.stdout, b"-vV\n");
    }
}
