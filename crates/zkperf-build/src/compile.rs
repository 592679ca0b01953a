//! Building a guest.

use crate::doctor::{cargo, find_recipe};
use crate::error::BuildError;
use crate::files::{read, sha256, write_atomic};
use crate::guest::{Guest, Manifest};
use crate::paths;
use crate::profile::effective;
use crate::recipe::Recipe;
use crate::record::{BuildRecord, GitState};
use crate::steady::with_steady_names;
use crate::toolchain::{self, Toolchain};
use crate::types::{Field, Types};
use serde_json::Value;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;

/// What [`BuildError::Cargo`] says was done where a guest cannot be built.
pub const BUILDING: &str = "building the guest";

/// Lines of cargo's output that an error shows.
const ERROR_LINES: usize = 40;

/// What to build and where to.
#[derive(Debug, Clone)]
pub struct BuildRequest {
    /// The zkVM's name, or `name@version`.
    pub zkvm: String,
    /// Which guest.
    pub guest: Guest,
    /// Which of the guest's variants; `None` for its default features.
    pub variant: Option<String>,
    /// Where the ELF and its record go.
    pub out_dir: PathBuf,
    /// Where cargo keeps its files; `None` for `target` in the guest's workspace.
    pub target_dir: Option<PathBuf>,
    /// Fields whose offsets the record shall have, as far as the guest has the types.
    pub fields: Vec<Field>,
    /// What is built differently from what the guest's manifest says.
    pub overrides: Overrides,
}

/// What is built differently from what the guest's manifest says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Keys of `[profile.release]`, each with its value as TOML: the ELF is the one that these lines in the manifest would
    /// give.
    pub profile: Vec<(&'static str, String)>,
    /// Flags of the compiler besides the recipe's and the manifest's. One for an option that the manifest sets takes its
    /// place.
    pub flags: Vec<String>,
}

/// A guest that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltGuest {
    /// The ELF.
    pub elf_path: PathBuf,
    /// The record beside it: the same name with `.json`.
    pub record_path: PathBuf,
    /// The record itself.
    pub record: BuildRecord,
}

/// How a build is getting on.
#[derive(Debug, Clone, Copy)]
pub enum Progress<'a> {
    /// This compiler is used.
    Toolchain(&'a Toolchain),
    /// Cargo runs as this process. It leads a process group of its own (on Unix), so that it can be stopped with all its
    /// compilers: a terminal's Ctrl-C does not reach it.
    Started(u32),
    /// Cargo said this on its standard error.
    Cargo(&'a str),
    /// The ELF was written.
    Written(&'a Path),
}

/// Builds a guest and writes `NAME-ZKVM-VARIANT.elf` and its record into the output folder. ZKVM is the recipe's
/// label: `zisk`, `zisk-1.1.0-alpha`.
///
/// # Errors
/// [`BuildError`]; nothing is written then.
pub fn build(
    request: &BuildRequest,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<BuiltGuest, BuildError> {
    let recipe = find_recipe(&request.zkvm)?;
    let folder = request.guest.folder(recipe)?;
    let toolchain = toolchain::select(recipe)?;
    let linker = toolchain::linker(Some(&toolchain)).ok_or(BuildError::NoLinker)?;
    progress(Progress::Toolchain(&toolchain));

    let cargo = cargo();
    let manifest = Manifest::read(&folder, &cargo)?;
    let features = features(&manifest, request.variant.as_deref())?;
    let target_dir = request
        .target_dir
        .clone()
        .unwrap_or_else(|| manifest.workspace_root.join("target"));
    std::fs::create_dir_all(&target_dir).map_err(BuildError::file(&target_dir))?;
    let target_dir = target_dir
        .canonicalize()
        .map_err(BuildError::file(&target_dir))?;
    let recipe_dir = target_dir.join("zkperf-recipe");
    let script = write_recipe(recipe, &recipe_dir)?;

    let mut flags = flags(recipe, &toolchain);
    flags.extend(own_flags(&manifest.rustflags, &request.overrides.flags));
    let remaps = paths::remaps(&manifest, &toolchain, &target_dir);
    let mut rustflags = flags.clone();
    rustflags.push(format!("-Clinker={}", linker.display()));
    rustflags.extend(script.map(|script| format!("-Clink-arg=-T{}", script.display())));
    rustflags.extend(
        remaps
            .iter()
            .map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())),
    );

    let profile_manifest = manifest.workspace_root.join("Cargo.toml");
    let contents = read(&profile_manifest)?;
    let profile = effective(
        (&profile_manifest, &contents),
        recipe,
        &request.overrides.profile,
    )?;
    let types = Types::new(recipe_dir.join("types"), &request.fields)?;
    let mut command = command(&cargo, &folder, &manifest, recipe, &toolchain, &target_dir);
    // a variant is exactly its features, whatever the guest's defaults are
    if request.variant.is_some() {
        command
            .arg("--no-default-features")
            .arg("--features")
            .arg(features.join(","));
    }
    for (key, value) in &request.overrides.profile {
        let setting = format!("profile.release.{key}={value}");
        command.arg("--config").arg(setting);
    }
    command
        .env("CARGO_ENCODED_RUSTFLAGS", rustflags.join("\x1f"))
        .env("RUST_TARGET_PATH", &recipe_dir);
    types.ask(&mut command);
    let made = run(command, &cargo, &manifest, &types, progress)?;
    let elf = with_steady_names(&made.program, &read(&made.program)?)?;

    let own = manifest
        .own_folders
        .iter()
        .map(|(_, folder)| folder.as_path());
    let record = BuildRecord {
        format: BuildRecord::FORMAT,
        zkvm: recipe.zkvm.into(),
        zkvm_version: recipe.zkvm_version.into(),
        recipe: recipe.version,
        guest: manifest.name.clone(),
        variant: request.variant.clone(),
        features,
        toolchain: toolchain.name.clone(),
        compiler: toolchain.version.lines().map(str::to_string).collect(),
        linker: toolchain::output(&linker, &["--version"]).unwrap_or_default(),
        cargo: toolchain::output(&cargo, &["--version"]).unwrap_or_default(),
        flags,
        remapped: remaps.into_iter().map(|(_, name)| name).collect(),
        place_dependent: paths::place_dependent(&manifest),
        environment: environment(recipe),
        overrides: profile_lines(&request.overrides.profile),
        profile: profile
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
        target_sha256: recipe.target_spec.map(|spec| sha256(spec.as_bytes())),
        linker_script_sha256: recipe.linker_script.map(|script| sha256(script.as_bytes())),
        lock_sha256: sha256(&read(&manifest.workspace_root.join("Cargo.lock"))?),
        git: GitState::of(&folder, own),
        elf_sha256: sha256(&elf),
        elf_bytes: elf.len() as u64,
        layout: types.offsets(&made.libraries),
    };
    let variant = request
        .variant
        .as_deref()
        .map(|variant| format!("-{variant}"))
        .unwrap_or_default();
    let elf_path = request
        .out_dir
        .join(format!("{}-{}{variant}.elf", manifest.name, recipe.label));
    let record_path = elf_path.with_extension("json");
    let mut json = serde_json::to_vec_pretty(&record).map_err(|cause| BuildError::File {
        path: record_path.clone(),
        cause: cause.into(),
    })?;
    json.push(b'\n');
    write_atomic(&elf_path, &elf)?;
    write_atomic(&record_path, &json)?;
    progress(Progress::Written(&elf_path));
    Ok(BuiltGuest {
        elf_path,
        record_path,
        record,
    })
}

/// The manifest's flags and then those of a request, which take the place of flags for the same option.
fn own_flags(manifest: &[String], request: &[String]) -> Vec<String> {
    let option = |flag: &String| {
        // `-Ctarget-feature=+a` and `+b` do not exclude each other, nor do two of LLVM's options.
        if flag.starts_with("-Ctarget-feature=") {
            return flag.clone();
        }
        let (of, rest) = match flag.strip_prefix("-Cllvm-args=") {
            Some(rest) => ("-Cllvm-args=", rest),
            None => ("", flag.as_str()),
        };
        format!("{of}{}", rest.split('=').next().unwrap_or(rest))
    };
    let replaced = |flag: &&String| request.iter().any(|new| option(new) == option(flag));
    let kept = manifest.iter().filter(|flag| !replaced(flag));
    kept.chain(request).cloned().collect()
}

fn profile_lines(profile: &[(&'static str, String)]) -> Vec<String> {
    let line = |(key, value): &(&str, String)| format!("profile.release.{key} = {value}");
    profile.iter().map(line).collect()
}

pub(crate) fn features(
    manifest: &Manifest,
    variant: Option<&str>,
) -> Result<Vec<String>, BuildError> {
    let Some(variant) = variant else {
        return Ok(Vec::new());
    };
    manifest.variants.get(variant).cloned().ok_or_else(|| {
        let known: Vec<&str> = manifest.variants.keys().map(String::as_str).collect();
        let known = if known.is_empty() {
            "none; list them under [package.metadata.zkperf.variants] in its Cargo.toml".into()
        } else {
            known.join(", ")
        };
        BuildError::UnknownVariant {
            guest: manifest.name.clone(),
            variant: variant.into(),
            known,
        }
    })
}

fn flags(recipe: &Recipe, toolchain: &Toolchain) -> Vec<String> {
    let from_source = recipe
        .from_source_flags
        .iter()
        .filter(|_| toolchain.std_from_source);
    recipe
        .flags
        .iter()
        .chain(from_source)
        .map(|flag| flag.to_string())
        .collect()
}

fn environment(recipe: &Recipe) -> Vec<String> {
    let line = |(name, value): &(&str, &str)| format!("{name}={value}");
    recipe.environment.iter().map(line).collect()
}

/// Puts target and linker script where the compiler finds them; returns the script's path.
fn write_recipe(recipe: &Recipe, folder: &Path) -> Result<Option<PathBuf>, BuildError> {
    let write = |name: String, text: &str| {
        let path = folder.join(name);
        // rewriting the same text would make cargo build everything anew
        if std::fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
            write_atomic(&path, text.as_bytes())?;
        }
        Ok(path)
    };
    if let Some(spec) = recipe.target_spec {
        write(format!("{}.json", recipe.target), spec)?;
    }
    recipe
        .linker_script
        // a name of its own for each version: cargo links anew when the name changes, not when the text does
        .map(|script| write(format!("{}.ld", recipe.label), script))
        .transpose()
}

fn command(
    cargo: &Path,
    folder: &Path,
    manifest: &Manifest,
    recipe: &Recipe,
    toolchain: &Toolchain,
    target_dir: &Path,
) -> Command {
    let mut command = Command::new(cargo);
    // what the caller's environment says about its own builds must not change a guest
    for (variable, _) in std::env::vars_os() {
        let name = variable.to_string_lossy();
        let profile = name.starts_with("CARGO_PROFILE_") || name.starts_with("CARGO_TARGET_");
        let flags = matches!(
            &*name,
            "RUSTFLAGS"
                | "CARGO_BUILD_RUSTFLAGS"
                | "CARGO_BUILD_TARGET"
                | "CARGO_INCREMENTAL"
                | "RUSTC_WORKSPACE_WRAPPER"
        );
        if profile || flags {
            command.env_remove(&variable);
        }
    }
    command.current_dir(folder).args([
        "build",
        "--release",
        "--locked",
        "--message-format=json-render-diagnostics",
    ]);
    command.arg("--package").arg(&manifest.package);
    command
        .arg("--target")
        .arg(recipe.target)
        .arg("--target-dir")
        .arg(target_dir);
    command.env("RUSTC", &toolchain.rustc);
    command.envs(recipe.environment.iter().copied());
    if toolchain.std_from_source {
        command
            .env("RUSTC_BOOTSTRAP", "1")
            .arg("-Zbuild-std=std,panic_abort");
        if !recipe.build_std_features.is_empty() {
            command.arg(format!(
                "-Zbuild-std-features={}",
                recipe.build_std_features.join(",")
            ));
        }
    }
    command
}

/// What cargo says, from either of its streams.
enum Said {
    Message(String),
    Text(String),
}

/// What cargo made.
struct Made {
    /// The guest.
    program: PathBuf,
    /// The libraries in it whose types are asked for.
    libraries: Vec<PathBuf>,
}

/// Runs cargo to its end.
fn run(
    mut command: Command,
    cargo: &Path,
    manifest: &Manifest,
    types: &Types<'_>,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Made, BuildError> {
    let spawn = |cause| BuildError::Spawn {
        program: cargo.display().to_string(),
        cause,
    };
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(spawn)?;
    progress(Progress::Started(child.id()));
    let (sender, said) = mpsc::channel();
    if let Some(stream) = child.stdout.take() {
        forward(stream, sender.clone(), Said::Message);
    }
    if let Some(stream) = child.stderr.take() {
        forward(stream, sender, Said::Text);
    }
    let mut program = None;
    let mut libraries = Vec::new();
    let mut last = VecDeque::with_capacity(ERROR_LINES);
    for said in said {
        match said {
            Said::Message(line) => {
                let Ok(message) = serde_json::from_str(&line) else {
                    continue;
                };
                program = program_in(&message, manifest).or(program);
                libraries.extend(files_in(&message).filter(|file| types.concerns(file)));
            }
            Said::Text(line) => {
                progress(Progress::Cargo(&line));
                if last.len() == ERROR_LINES {
                    last.pop_front();
                }
                last.push_back(line);
            }
        }
    }
    let status = child.wait().map_err(spawn)?;
    if !status.success() {
        let output = Vec::from(last).join("\n");
        return Err(BuildError::Cargo {
            what: match status.code() {
                Some(_) => BUILDING,
                // That is nobody's mistake.
                None => "building the guest, until cargo was killed,",
            },
            output,
        });
    }
    let program = program.ok_or_else(|| BuildError::NotAGuest {
        path: manifest.workspace_root.clone(),
        problem: format!("package {} has no program to build", manifest.package),
    })?;
    Ok(Made { program, libraries })
}

/// Sends a stream's lines from a thread of its own, so that neither of cargo's streams can block the other.
fn forward(
    stream: impl Read + Send + 'static,
    sender: mpsc::Sender<Said>,
    wrap: fn(String) -> Said,
) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            if sender
                .send(wrap(String::from_utf8_lossy(&line).into_owned()))
                .is_err()
            {
                break;
            }
        }
    });
}

/// The program that one of cargo's messages announces, if it is the guest's.
fn program_in(message: &Value, manifest: &Manifest) -> Option<PathBuf> {
    let ours = message["reason"] == "compiler-artifact"
        && message["package_id"] == manifest.package_id.as_str();
    ours.then(|| message["executable"].as_str().map(PathBuf::from))
        .flatten()
}

/// The files that one of cargo's messages announces.
fn files_in(message: &Value) -> impl Iterator<Item = PathBuf> + '_ {
    let files = message["filenames"].as_array();
    let names = files.into_iter().flatten().filter_map(Value::as_str);
    names.map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::own_flags;

    #[test]
    fn a_flag_takes_the_place_of_the_manifests_for_the_same_option() {
        let texts =
            |flags: &[&str]| -> Vec<String> { flags.iter().map(|f| f.to_string()).collect() };
        let manifest = texts(&[
            "-Cllvm-args=-inline-threshold=50",
            "-Cllvm-args=-unroll-count=2",
            "-Ctarget-feature=+a",
        ]);
        assert_eq!(own_flags(&manifest, &[]), manifest);
        let switches = texts(&["-Cllvm-args=-a", "-Cllvm-args=-b"]);
        assert_eq!(own_flags(&switches[..1], &switches[1..]), switches);
        assert_eq!(
            own_flags(&switches, &texts(&["-Cllvm-args=-a=false"])),
            ["-Cllvm-args=-b", "-Cllvm-args=-a=false"]
        );
        let request = texts(&["-Cllvm-args=-inline-threshold=225", "-Ctarget-feature=+b"]);
        assert_eq!(
            own_flags(&manifest, &request),
            [
                "-Cllvm-args=-unroll-count=2",
                "-Ctarget-feature=+a",
                "-Cllvm-args=-inline-threshold=225",
                "-Ctarget-feature=+b",
            ]
        );
    }
}
