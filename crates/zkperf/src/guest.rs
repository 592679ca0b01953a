//! Loading a guest and its input from files.

use crate::cli::GuestArgs;
use crate::{exit, files, progress, zkvms};
use anyhow::{anyhow, bail, Context, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zkperf_block::InputFormat;
use zkperf_build::BuildRecord;
use zkperf_exec::{Fault, GuestInput, Program, Zkvm};
use zkperf_labels::Layout;
use zkperf_profile::{ElfId, InputId};
use zkperf_symbols::{field_offsets, same_code};

/// A guest read from a file.
pub struct Guest {
    /// Ready to run.
    pub program: Box<dyn Program>,
    /// Its identity.
    pub id: ElfId,
    /// Its file.
    pub file: Arc<Vec<u8>>,
    /// Where the fields are that probes read.
    pub layout: Layout,
}

/// Reads and decodes a guest, and the build record beside it if there is one.
///
/// # Errors
/// Names the file.
pub fn load(zkvm: &dyn Zkvm, path: &Path, quiet: bool) -> Result<Guest> {
    load_read(zkvm, path, read(path, quiet)?, quiet)
}

/// The bytes of a guest's file.
fn read(path: &Path, quiet: bool) -> Result<Arc<Vec<u8>>> {
    let _spinner = loading(path, quiet);
    files::read(path).map(Arc::new)
}

fn loading(path: &Path, quiet: bool) -> progress::Spinner {
    progress::Spinner::new(quiet, format!("loading {}", path.display()))
}

/// As [`load`], of a file that was read already.
fn load_read(zkvm: &dyn Zkvm, path: &Path, bytes: Arc<Vec<u8>>, quiet: bool) -> Result<Guest> {
    let _spinner = loading(path, quiet);
    let mut guest = from_bytes(zkvm, bytes, &file_name(path))
        .with_context(|| format!("cannot load {}", path.display()))?;
    let record = files::read(&path.with_extension("json")).ok();
    for note in guest.program.notes() {
        eprintln!("warning: {}: {note}", path.display());
    }
    if let Some(record) = record.and_then(|json| serde_json::from_slice(&json).ok()) {
        adopt(&mut guest, &record);
    }
    Ok(guest)
}

/// What `--zkvm` says where the ELF decides.
pub const AUTO: &str = "auto";

/// The zkVM for each guest of a command line, and the guest itself. `--zkvm auto` goes by each ELF's
/// headers; `--zkvm all` tries each ELF on every zkVM, and wants a guest for each.
///
/// # Errors
/// Too few or too many guests; one that cannot be read, or that its zkVM (with `all`: every zkVM) refuses.
pub fn for_each_elf(zkvm: &str, elfs: &[PathBuf], quiet: bool) -> Result<Vec<Loaded>> {
    if elfs.is_empty() {
        return Err(exit::usage(
            "which guest? give --elf FILE (`zkperf build` makes one)",
        ));
    }
    if zkvm == AUTO {
        return elfs.iter().map(|elf| recognized(elf, quiet)).collect();
    }
    let known: Vec<&str> = zkvms::all().iter().map(|zkvm| zkvm.name()).collect();
    if zkvm == "all" && elfs.len() < known.len() {
        return Err(exit::usage(format!(
            "an ELF is for one zkVM, and --zkvm all wants one --elf for each of {}, not {}; give --zkvm NAME \
             with one ELF",
            known.join(", "),
            elfs.len(),
        )));
    }
    if zkvm != "all" && elfs.len() > 1 {
        return Err(exit::usage(format!(
            "{} --elf for one zkVM; give one, or --zkvm all",
            elfs.len()
        )));
    }
    let loaded = elfs
        .iter()
        .map(|elf| first_that_loads(zkvm, elf, quiet))
        .collect::<Result<Vec<_>>>()?;
    let has = |name: &&str| loaded.iter().any(|one| one.zkvm.name() == *name);
    match known.iter().find(|name| zkvm == "all" && !has(name)) {
        Some(missing) => Err(exit::usage(format!(
            "--zkvm all wants one --elf for each of {}, and none of these is for {missing}",
            known.join(", ")
        ))),
        None => Ok(loaded),
    }
}

/// A guest and the zkVM that took it.
pub struct Loaded {
    /// The zkVM.
    pub zkvm: Box<dyn Zkvm>,
    /// The guest.
    pub guest: Guest,
    /// Its ELF.
    pub elf: PathBuf,
}

/// A guest on the zkVM and version that its ELF is recognized as; stderr says why.
fn recognized(elf: &Path, quiet: bool) -> Result<Loaded> {
    let bytes = read(elf, quiet)?;
    let (zkvm, recognized) =
        zkvms::of_elf(&bytes).with_context(|| format!("cannot load {}", elf.display()))?;
    if !quiet {
        eprintln!(
            "{} is for {}: {}",
            elf.display(),
            zkvm.id(),
            recognized.reason
        );
    }
    let guest = load_read(zkvm.as_ref(), elf, bytes, quiet)?;
    let elf = elf.to_owned();
    Ok(Loaded { zkvm, guest, elf })
}

/// A guest for a zkVM: of the version that was named, else of the one that its ELF is recognized as.
///
/// # Errors
/// It cannot be read, is for another zkVM, or is refused.
pub fn load_for(zkvm: &str, elf: &Path, quiet: bool) -> Result<Loaded> {
    if zkvm.contains('@') {
        return first_that_loads(zkvm, elf, quiet);
    }
    let bytes = read(elf, quiet)?;
    let Ok((found, _)) = zkvms::of_elf(&bytes) else {
        return first_that_loads(zkvm, elf, quiet);
    };
    if found.name() != zkvm {
        bail!("{} is for {}, not for {zkvm}", elf.display(), found.id());
    }
    let guest = load_read(found.as_ref(), elf, bytes, quiet)?;
    let elf = elf.to_owned();
    Ok(Loaded {
        zkvm: found,
        guest,
        elf,
    })
}

fn first_that_loads(zkvm: &str, elf: &Path, quiet: bool) -> Result<Loaded> {
    let bytes = read(elf, quiet)?;
    let mut refusals = Vec::new();
    for zkvm in zkvms::selection(zkvm)? {
        match load_read(zkvm.as_ref(), elf, bytes.clone(), quiet) {
            Ok(guest) => {
                let elf = elf.to_owned();
                return Ok(Loaded { zkvm, guest, elf });
            }
            Err(error) => refusals.push((zkvm.name(), error)),
        }
    }
    match refusals.len() {
        1 => Err(refusals.remove(0).1),
        _ => {
            let each: Vec<String> = refusals
                .iter()
                .map(|(zkvm, error)| format!("  {zkvm}: {error:#}"))
                .collect();
            bail!("no zkVM takes {}:\n{}", elf.display(), each.join("\n"))
        }
    }
}

/// Decodes a guest that is already in memory.
///
/// # Errors
/// As the zkVM's loader.
pub fn from_bytes(zkvm: &dyn Zkvm, file: Arc<Vec<u8>>, name: &str) -> Result<Guest> {
    // A real guest is 60 MB: hashing it takes a tenth of the loading time.
    let (sha256, program) = std::thread::scope(|scope| {
        let hash = scope.spawn(|| files::sha256(&file));
        let program = zkvm.load(&file);
        (hash.join(), program)
    });
    let id = ElfId {
        sha256: sha256.map_err(|_| anyhow!("hashing the guest failed"))?,
        bytes: file.len() as u64,
        guest: name.to_owned(),
        ..ElfId::default()
    };
    let layout = layout_in(zkvm, &file);
    Ok(Guest {
        program: program?,
        id,
        file,
        layout,
    })
}

/// Where the fields are that probes read, as far as a guest's own debug information tells.
fn layout_in(zkvm: &dyn Zkvm, file: &[u8]) -> Layout {
    let elves = zkvm.elves(file);
    let offsets = elves
        .first()
        .and_then(|elf| field_offsets(elf, &zkperf_labels::FIELDS).ok());
    Layout(offsets.unwrap_or_default())
}

/// Takes the places of fields from another build of a guest: the same code, with `debug = 2`.
///
/// # Errors
/// A file that cannot be read or has other code; one whose debug information has no types.
pub fn adopt_layout(zkvm: &dyn Zkvm, guest: &mut Guest, path: &Path) -> Result<()> {
    let file = files::read(path)?;
    let (ours, theirs) = (zkvm.elves(&guest.file), zkvm.elves(&file));
    let (Some(ours), Some(theirs)) = (ours.first(), theirs.first()) else {
        bail!("{} holds no ELF of a guest", path.display());
    };
    let same =
        same_code(ours, theirs).with_context(|| format!("cannot read {}", path.display()))?;
    if !same {
        bail!(
            "{} has other code than the guest: --debug-elf takes the same sources, built by the same compiler with \
             the same settings but for `debug = 2`",
            path.display()
        );
    }
    let layout = layout_in(zkvm, &file);
    if layout == Layout::default() {
        bail!(
            "the debug information of {} has no types that probes know; build it with `debug = 2` in its \
             [profile.release]",
            path.display()
        );
    }
    guest.layout = layout;
    Ok(())
}

/// Takes over what a build record says, if it is of this very ELF.
pub fn adopt(guest: &mut Guest, record: &BuildRecord) {
    let id = &mut guest.id;
    if record.elf_sha256 != id.sha256 {
        return;
    }
    if !record.layout.is_empty() {
        guest.layout = Layout(record.layout.clone());
    }
    id.guest = record.guest.clone();
    id.variant = record.variant.clone().unwrap_or_default();
    id.compiler = record.compiler.first().cloned().unwrap_or_default();
    if let Some(git) = &record.git {
        id.git_commit = git.commit.clone();
        id.git_dirty = git.dirty;
    }
}

/// Everything a guest reads, as the command line names it.
///
/// # Errors
/// A file that cannot be read, is empty, or is a damaged, outdated or wrongly framed input of the
/// reference guest; a variable without `=`.
pub fn read_inputs(
    zkvm: &dyn Zkvm,
    args: &GuestArgs,
    quiet: bool,
) -> Result<(GuestInput, InputId)> {
    if args.po2.is_some() && !zkvm.has_segments() {
        return Err(exit::usage(format!(
            "--po2 is for zkVMs that split a run into segments; {} does not",
            zkvm.name()
        )));
    }
    let (mut input, mut id) = read_input(zkvm.name(), &args.input)?;
    if has_no_input(args) && !quiet {
        eprintln!("note: neither --input nor --stdin is given: the guest gets an empty input");
    }
    if let Some(path) = &args.stdin {
        id.name = file_name(path);
        input.stdin = Some(files::read(path)?);
    }
    input.args = args.arg.clone();
    for variable in &args.env {
        let Some((name, value)) = variable.split_once('=') else {
            return Err(exit::usage(format!(
                "--env takes NAME=VALUE, not {variable:?}"
            )));
        };
        input.env.push((name.to_owned(), value.to_owned()));
    }
    hash(&mut id, &input);
    Ok((input, id))
}

/// Whether the guest has nothing to read but what `--arg` and `--env` say.
fn has_no_input(args: &GuestArgs) -> bool {
    args.input.is_empty() && args.stdin.is_none()
}

/// A guest's fault for people, with what may have led to it.
pub fn explain(fault: &Fault, args: &GuestArgs) -> String {
    if has_no_input(args) && !progress::interrupted() {
        format!("{fault}\nthe guest was given no input; if it reads one, pass --input FILE")
    } else {
        fault.to_string()
    }
}

/// Reads input files, one buffer each.
///
/// # Errors
/// As [`read_inputs`].
pub fn read_input(zkvm: &str, paths: &[PathBuf]) -> Result<(GuestInput, InputId)> {
    let mut input = GuestInput::default();
    let mut id = InputId::default();
    for path in paths {
        let bytes = files::read(path)?;
        if bytes.is_empty() {
            bail!(
                "{} is empty; `zkperf input` writes input files (to give a guest no input, leave out --input)",
                path.display()
            );
        }
        describe(&mut id, &bytes, zkvm, path)?;
        input.buffers.push(bytes);
    }
    if let Some(path) = paths.first() {
        id.name = file_name(path);
    }
    hash(&mut id, &input);
    Ok((input, id))
}

/// What the reference guest's inputs say of themselves; other guests' inputs say nothing.
fn describe(id: &mut InputId, bytes: &[u8], zkvm: &str, path: &Path) -> Result<()> {
    use zkperf_block::InputFileError as Bad;
    match zkperf_block::inspect_bytes(bytes, InputFormat::from_name(zkvm)) {
        Ok(info) => {
            id.schema = info.schema;
            id.block = Some(info.block);
            id.chain_id = Some(info.chain_id);
            Ok(())
        }
        // Not of the reference guest: any guest may read what it likes.
        Err(Bad::Foreign | Bad::Empty | Bad::Truncated { .. }) if !is_reference_input(bytes) => {
            Ok(())
        }
        Err(bad) => {
            Err(anyhow::Error::new(bad).context(format!("{} cannot be used", path.display())))
        }
    }
}

/// Whether a file begins as an input of the reference guest does, framed or not.
fn is_reference_input(bytes: &[u8]) -> bool {
    const MAGIC: &[u8] = b"zkpinput";
    bytes.starts_with(MAGIC) || bytes.get(8..16) == Some(MAGIC)
}

/// One hash over all that a guest reads; a single buffer keeps the hash that `sha256sum` prints.
fn hash(id: &mut InputId, input: &GuestInput) {
    let buffers = input.buffers.iter().chain(&input.stdin);
    id.bytes = buffers.clone().map(|buffer| buffer.len() as u64).sum();
    if let ([one], None, [], []) = (
        input.buffers.as_slice(),
        &input.stdin,
        input.args.as_slice(),
        input.env.as_slice(),
    ) {
        id.sha256 = files::sha256(one);
        return;
    }
    let mut all = Vec::new();
    let mut put = |part: &[u8]| {
        all.extend((part.len() as u64).to_le_bytes());
        all.extend(part);
    };
    buffers.for_each(|buffer| put(buffer));
    for arg in &input.args {
        put(b"arg");
        put(arg.as_bytes());
    }
    for (name, value) in &input.env {
        put(b"env");
        put(name.as_bytes());
        put(value.as_bytes());
    }
    id.sha256 = files::sha256(&all);
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or(String::new(), |name| name.to_string_lossy().into_owned())
}
