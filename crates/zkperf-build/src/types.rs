//! Where the fields of a guest's types are, from the compiler that lays them out.
//!
//! The compiler orders fields as it likes, and debug information that says how makes link-time optimization decide
//! otherwise: the reference guest for ZisK, built with the types of one crate in it, has other code. So the compiler of the
//! guest itself is asked (`-Zprint-type-sizes`), while it compiles the crates that define the types. That changes nothing
//! of what it makes, and costs nothing.

use crate::error::BuildError;
use crate::files::write_atomic;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A type and one of its fields: `ethrex_levm::vm::VM`, `current_call_frame`.
pub type Field = (&'static str, &'static str);

/// Started by cargo in place of the compiler: `$1` is the compiler, then come its arguments. What the compiler prints is
/// filed under the name that cargo gives the crate's library, for cargo does not compile twice what has not changed.
const SCRIPT: &str = r#"#!/bin/sh
name= extra= before=
for argument; do
  case $before in --crate-name) name=$argument;; esac
  case $argument in extra-filename=*) extra=${argument#*=};; esac
  before=$argument
done
case " $ZKPERF_TYPES_OF " in
  *" ${name:-none} "*) ;;
  *) exec ${ZKPERF_OUTER_WRAPPER:+"$ZKPERF_OUTER_WRAPPER"} "$@";;
esac
file=$ZKPERF_TYPES/$name$extra.types
RUSTC_BOOTSTRAP=1 "$@" -Zprint-type-sizes > "$file.part" || exit
mv "$file.part" "$file"
"#;

/// What begins every line of the compiler's.
const LINE: &str = "print-type-size ";

/// The fields that are asked for, and where the compiler's answers are kept.
pub(crate) struct Types<'a> {
    folder: PathBuf,
    fields: &'a [Field],
}

impl<'a> Types<'a> {
    /// Answers are kept in `folder`, which has to be there as long as what cargo has built.
    ///
    /// # Errors
    /// The folder or the program in it cannot be written.
    pub(crate) fn new(folder: PathBuf, fields: &'a [Field]) -> Result<Self, BuildError> {
        std::fs::create_dir_all(&folder).map_err(BuildError::file(&folder))?;
        let types = Types { folder, fields };
        let wrapper = types.wrapper();
        write_atomic(&wrapper, SCRIPT.as_bytes())?;
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&wrapper, executable).map_err(BuildError::file(&wrapper))?;
        Ok(types)
    }

    fn wrapper(&self) -> PathBuf {
        self.folder.join("rustc-with-types")
    }

    /// Has cargo's compiler asked.
    pub(crate) fn ask(&self, cargo: &mut Command) {
        if self.fields.is_empty() {
            return;
        }
        if let Some(outer) = std::env::var_os("RUSTC_WRAPPER").filter(|outer| !outer.is_empty()) {
            cargo.env("ZKPERF_OUTER_WRAPPER", outer);
        }
        let crates: Vec<&str> = self.crates().into_iter().collect();
        cargo
            .env("RUSTC_WRAPPER", self.wrapper())
            .env("ZKPERF_TYPES", &self.folder)
            .env("ZKPERF_TYPES_OF", crates.join(" "));
    }

    /// The crates in which types lie: the first parts of their paths.
    fn crates(&self) -> BTreeSet<&'a str> {
        let of = |(owner, _): &Field| owner.split("::").next().unwrap_or(owner);
        self.fields.iter().map(of).collect()
    }

    /// Offsets in bytes, by `type.field`, of those fields that these libraries of a guest have. A library that was
    /// compiled before anybody asked has none.
    pub(crate) fn offsets(&self, libraries: &[PathBuf]) -> BTreeMap<String, u64> {
        let mut found = BTreeMap::new();
        for library in libraries {
            let stem = library.file_stem().and_then(|stem| stem.to_str());
            let Some(name) = stem.and_then(|stem| stem.strip_prefix("lib")) else {
                continue;
            };
            let Ok(said) = std::fs::read_to_string(self.folder.join(format!("{name}.types")))
            else {
                continue;
            };
            let krate = name.rsplit_once('-').map_or(name, |(krate, _)| krate);
            for (owner, field) in self.fields {
                let within = owner.strip_prefix(krate).and_then(|p| p.strip_prefix("::"));
                if let Some(offset) = within.and_then(|within| offset(&said, within, field)) {
                    found.insert(format!("{owner}.{field}"), offset);
                }
            }
        }
        found
    }

    /// Whether a library is that of a crate whose types are asked for.
    pub(crate) fn concerns(&self, library: &Path) -> bool {
        let stem = library.file_stem().and_then(|stem| stem.to_str());
        let name = stem.and_then(|stem| stem.strip_prefix("lib")?.rsplit_once('-'));
        name.is_some_and(|(name, _)| self.crates().contains(name))
    }
}

/// The offset of a structure's field. A generic one has it only if it is the same for all that it was made for.
fn offset(said: &str, owner: &str, field: &str) -> Option<u64> {
    let mut offsets = BTreeSet::new();
    let mut at: Option<u64> = None;
    for line in said.lines().filter_map(|line| line.strip_prefix(LINE)) {
        if let Some(named) = line.strip_prefix("type: `") {
            let path = named.split(['<', '`']).next();
            at = (path == Some(owner)).then_some(0);
        } else if let (Some(offset), Some(part)) = (at, part(line)) {
            let begin = part.offset.unwrap_or(offset);
            if part.field == Some(field) {
                offsets.insert(begin);
            }
            at = Some(begin + part.bytes);
        } else {
            // an enumeration's variants lie over each other
            at = None;
        }
    }
    match (offsets.pop_first(), offsets.is_empty()) {
        (offset, true) => offset,
        _ => None,
    }
}

/// A field of a structure, or what is between two.
struct Part<'a> {
    field: Option<&'a str>,
    offset: Option<u64>,
    bytes: u64,
}

/// `    field `.gas`: 8 bytes, offset: 16 bytes, alignment: 8 bytes`, `    padding: 4 bytes`; `None` for what else a type
/// consists of.
fn part(line: &str) -> Option<Part<'_>> {
    let line = line.trim_start();
    let (field, rest) = match line.strip_prefix("field `.") {
        Some(named) => named
            .split_once("`: ")
            .map(|(name, rest)| (Some(name), rest))?,
        None => {
            let padding = line.strip_prefix("padding: ");
            (None, padding.or(line.strip_prefix("end padding: "))?)
        }
    };
    let bytes = |text: &str| text.strip_suffix(" bytes")?.parse().ok();
    let mut facts = rest.split(", ");
    Some(Part {
        field,
        bytes: bytes(facts.next()?)?,
        offset: facts.find_map(|fact| bytes(fact.strip_prefix("offset: ")?)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: [Field; 4] = [
        ("levm::vm::VM", "frame"),
        ("levm::vm::VM", "depth"),
        ("levm::call::Frame", "code"),
        ("levm::call::Kind", "value"),
    ];
    const SOURCE: &str = "
        pub mod call {
            pub struct Frame { pub small: u8, pub code: [u64; 3], pub wide: u64 }
            pub enum Kind { Call { value: u64 }, Create }
            pub fn wide(frame: &Frame, kind: &Kind) -> u64 {
                match kind { Kind::Call { value } => frame.wide + value, Kind::Create => 0 }
            }
        }
        pub mod vm {
            pub struct VM<'a> { pub name: &'a str, pub frame: crate::call::Frame, pub depth: u16 }
            pub fn frame(vm: &VM) -> u64 { vm.frame.wide }
        }
        #[no_mangle]
        pub extern \"C\" fn frame_at() -> u64 { core::mem::offset_of!(vm::VM, frame) as u64 }
        #[no_mangle]
        pub extern \"C\" fn code_at() -> u64 { core::mem::offset_of!(call::Frame, code) as u64 }
    ";

    /// Compiles a crate through the wrapper as cargo would.
    fn compile(types: &Types, folder: &Path, name: &str, source: &str) -> bool {
        let file = folder.join("lib.rs");
        std::fs::write(&file, source).unwrap();
        let mut command = Command::new(types.wrapper());
        types.ask(&mut command);
        command
            .env_remove("RUSTC_WRAPPER")
            .args(["rustc", "--crate-type=lib", "--edition=2021", "-O"])
            .args([
                "--crate-name",
                name,
                "-C",
                "extra-filename=-abc",
                "--out-dir",
            ])
            .args([folder, &file]);
        command.output().unwrap().status.success()
    }

    #[test]
    fn the_compiler_tells_where_fields_are() {
        let folder = tempfile::tempdir().unwrap();
        let types = Types::new(folder.path().join("types"), &FIELDS).unwrap();
        assert!(compile(&types, folder.path(), "levm", SOURCE));
        let library = folder.path().join("liblevm-abc.rlib");
        assert!(library.is_file() && types.concerns(&library));
        let found = types.offsets(&[library]);

        // the same compiler, asked by a program
        let main = "fn main() { println!(\"{} {}\", levm::frame_at(), levm::code_at()) }";
        std::fs::write(folder.path().join("main.rs"), main).unwrap();
        let program = folder.path().join("main");
        let built = Command::new("rustc")
            .args([
                "--edition=2021",
                "main.rs",
                "--extern",
                "levm=liblevm-abc.rlib",
                "-o",
                "main",
            ])
            .current_dir(folder.path())
            .status();
        assert!(built.unwrap().success());
        let told = Command::new(program).output().unwrap().stdout;
        let told = String::from_utf8(told).unwrap();
        let [frame, code] = ["levm::vm::VM.frame", "levm::call::Frame.code"].map(|key| found[key]);
        assert_eq!(told.trim(), format!("{frame} {code}"));
        assert!(found.contains_key("levm::vm::VM.depth"));
        assert!(!found.contains_key("levm::call::Kind.value"), "{found:?}");
    }

    #[test]
    fn other_crates_pass_unchanged_and_failures_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let types = Types::new(folder.path().join("types"), &FIELDS).unwrap();
        assert!(compile(
            &types,
            folder.path(),
            "levm_extra",
            "pub fn f() {}"
        ));
        assert!(!compile(&types, folder.path(), "levm", "no source"));
        assert!(!compile(&types, folder.path(), "levm_extra", "no source"));
        let left = std::fs::read_dir(folder.path().join("types")).unwrap();
        let left = left.filter(|file| {
            let name = file.as_ref().unwrap().file_name();
            name.to_string_lossy().ends_with(".types")
        });
        assert_eq!(left.count(), 0);
    }

    #[test]
    fn fields_lie_where_the_compiler_says() {
        let said = "\
            print-type-size type: `vm::VM<'_>`: 40 bytes, alignment: 8 bytes\n\
            print-type-size     field `.a`: 16 bytes\n\
            print-type-size     padding: 4 bytes\n\
            print-type-size     field `.b`: 4 bytes, alignment: 4 bytes\n\
            print-type-size     field `.c`: 8 bytes, offset: 32 bytes, alignment: 8 bytes\n\
            print-type-size type: `vm::VMs`: 8 bytes, alignment: 8 bytes\n\
            print-type-size     field `.a`: 8 bytes\n\
            print-type-size type: `g::G<u8>`: 8 bytes, alignment: 8 bytes\n\
            print-type-size     field `.x`: 8 bytes\n\
            print-type-size     field `.y`: 1 bytes\n\
            print-type-size type: `g::G<u64>`: 16 bytes, alignment: 8 bytes\n\
            print-type-size     field `.y`: 8 bytes\n\
            print-type-size     field `.x`: 8 bytes\n";
        let at = |owner, field| offset(said, owner, field);
        assert_eq!(at("vm::VM", "a"), Some(0));
        assert_eq!(at("vm::VM", "b"), Some(20));
        assert_eq!(at("vm::VM", "c"), Some(32));
        assert_eq!(at("vm::VM", "d"), None);
        assert_eq!(at("g::G", "x"), None, "it depends");
        assert_eq!(at("vm", "a"), None);
    }
}
