//! Finding a guest's sources and reading what its manifest says.

use crate::error::BuildError;
use crate::recipe::Recipe;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which guest to build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guest {
    /// The reference guest that comes with zkperf.
    Reference,
    /// The guest whose manifest is in this folder.
    Dir(PathBuf),
}

/// The `guests` folder of a checkout of zkperf: where `ZKPERF_GUESTS` points, else upwards from the working
/// directory, else the checkout from which this program was built.
pub fn find_guests() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("ZKPERF_GUESTS").map(PathBuf::from) {
        return is_guests(&named).then_some(named);
    }
    let here = std::env::current_dir().ok();
    let upwards = here
        .iter()
        .flat_map(|here| here.ancestors())
        .map(|folder| folder.join("guests"));
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests");
    upwards.chain([built_from]).find(|folder| is_guests(folder))
}

fn is_guests(folder: &Path) -> bool {
    folder.join("core/Cargo.toml").is_file()
}

impl Guest {
    pub(crate) fn folder(&self, recipe: &Recipe) -> Result<PathBuf, BuildError> {
        let folder = match self {
            Self::Reference => find_guests()
                .ok_or(BuildError::NoReference)?
                .join(recipe.reference),
            Self::Dir(folder) => folder.clone(),
        };
        let missing = |path: PathBuf, file: &str, next: &str| BuildError::NotAGuest {
            path,
            problem: format!("there is no {file}; {next}"),
        };
        if !folder.join("Cargo.toml").is_file() {
            let next = "point --guest at the folder that holds the guest's manifest";
            return Err(missing(folder, "Cargo.toml", next));
        }
        // A member of a workspace has none of its own: that of the nearest folder above counts.
        let absolute = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        if !absolute
            .ancestors()
            .any(|up| up.join("Cargo.lock").is_file())
        {
            let next = "create it with `cargo generate-lockfile` and commit it";
            return Err(missing(folder, "Cargo.lock", next));
        }
        // cargo and rustc write canonical paths here and there: both forms must be the same
        folder.canonicalize().map_err(BuildError::file(folder))
    }
}

/// What `cargo metadata` says about a guest, as far as it matters here.
#[derive(Debug)]
pub(crate) struct Manifest {
    /// Name for people and file names.
    pub(crate) name: String,
    /// The package to build, as cargo names it.
    pub(crate) package: String,
    pub(crate) package_id: String,
    pub(crate) workspace_root: PathBuf,
    /// Variants in the order of their names; empty if the manifest lists none.
    pub(crate) variants: BTreeMap<String, Vec<String>>,
    /// Flags of the compiler, besides the recipe's.
    pub(crate) rustflags: Vec<String>,
    /// Folders of the packages that are not from a registry or a repository.
    pub(crate) own_folders: Vec<(String, PathBuf)>,
    /// Folders that hold unpacked packages from registries.
    pub(crate) registries: Vec<PathBuf>,
    /// Folders of packages from repositories.
    pub(crate) checkouts: Vec<(String, PathBuf)>,
}

impl Manifest {
    pub(crate) fn read(folder: &Path, cargo: &Path) -> Result<Self, BuildError> {
        let mut command = Command::new(cargo);
        command
            .args(["metadata", "--locked", "--format-version", "1"])
            .current_dir(folder);
        let output = command.output().map_err(|cause| BuildError::Spawn {
            program: cargo.display().to_string(),
            cause,
        })?;
        if !output.status.success() {
            let output = String::from_utf8_lossy(&output.stderr).trim().to_string();
            return Err(BuildError::Cargo {
                what: "reading the guest's manifest",
                output,
            });
        }
        let not_a_guest = |problem: String| BuildError::NotAGuest {
            path: folder.into(),
            problem,
        };
        let metadata: Value = serde_json::from_slice(&output.stdout).map_err(|cause| {
            not_a_guest(format!("cargo's description of it cannot be read: {cause}"))
        })?;
        Self::from_metadata(&metadata).map_err(not_a_guest)
    }

    fn from_metadata(metadata: &Value) -> Result<Self, String> {
        let packages = metadata["packages"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let root = root_package(metadata, packages)?;
        let settings = &root["metadata"]["zkperf"];
        let package = text(&root["name"]);
        let mut manifest = Self {
            name: settings["name"]
                .as_str()
                .map_or_else(|| package.clone(), str::to_string),
            package,
            package_id: text(&root["id"]),
            workspace_root: text(&metadata["workspace_root"]).into(),
            variants: variants(&settings["variants"])?,
            rustflags: rustflags(&settings["rustflags"])?,
            own_folders: Vec::new(),
            registries: Vec::new(),
            checkouts: Vec::new(),
        };
        for package in packages {
            let manifest_path = PathBuf::from(text(&package["manifest_path"]));
            let Some(folder) = manifest_path.parent() else {
                continue;
            };
            let name = text(&package["name"]);
            match package["source"].as_str() {
                None => manifest.own_folders.push((name, folder.into())),
                Some(source) if source.starts_with("git+") => {
                    manifest.checkouts.push((name, folder.into()))
                }
                Some(_) => manifest
                    .registries
                    .extend(folder.parent().map(Path::to_path_buf)),
            }
        }
        manifest.registries.sort();
        manifest.registries.dedup();
        Ok(manifest)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}

/// The workspace's root package, else the only member with a program.
fn root_package<'a>(metadata: &Value, packages: &'a [Value]) -> Result<&'a Value, String> {
    let by_id = |id: &Value| packages.iter().find(|package| package["id"] == *id);
    if let Some(root) = by_id(&metadata["resolve"]["root"]) {
        return Ok(root);
    }
    let members = metadata["workspace_members"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let is_program = |package: &&Value| {
        let targets = package["targets"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        targets.iter().any(|target| {
            target["kind"]
                .as_array()
                .is_some_and(|kinds| kinds.iter().any(|k| k == "bin"))
        })
    };
    let programs: Vec<&Value> = members
        .iter()
        .filter_map(by_id)
        .filter(is_program)
        .collect();
    match programs.as_slice() {
        [program] => Ok(program),
        [] => Err("no package of this workspace has a program".into()),
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|package| text(&package["name"]))
                .collect();
            Err(format!(
                "several packages have a program ({}); point --guest at one of them",
                names.join(", ")
            ))
        }
    }
}

fn variants(value: &Value) -> Result<BTreeMap<String, Vec<String>>, String> {
    let entries = value.as_object().into_iter().flatten();
    let parse = |(name, features): (&String, &Value)| {
        let features: Option<Vec<String>> = features.as_array().and_then(|list| {
            list.iter()
                .map(|f| f.as_str().map(str::to_string))
                .collect()
        });
        let problem =
            || format!("package.metadata.zkperf.variants.{name} is not a list of feature names");
        features
            .map(|features| (name.clone(), features))
            .ok_or_else(problem)
    };
    entries.map(parse).collect()
}

fn rustflags(value: &Value) -> Result<Vec<String>, String> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    let list = value.as_array().and_then(|list| {
        let text = |flag: &Value| flag.as_str().map(str::to_string);
        list.iter().map(text).collect()
    });
    list.ok_or_else(|| "package.metadata.zkperf.rustflags is not a list of flags".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn metadata(settings: Value) -> Value {
        json!({
            "packages": [
                { "id": "guest", "name": "my-guest", "source": null, "manifest_path": "/w/guest/Cargo.toml",
                  "metadata": { "zkperf": settings }, "targets": [{ "kind": ["bin"] }] },
                { "id": "dep", "name": "dep", "source": "registry+https://example.org",
                  "manifest_path": "/c/src/r-1/dep-1.0.0/Cargo.toml", "metadata": null, "targets": [] },
                { "id": "fork", "name": "fork", "source": "git+https://example.org/fork",
                  "manifest_path": "/c/git/fork/Cargo.toml", "metadata": null, "targets": [] },
            ],
            "resolve": { "root": "guest" }, "workspace_members": ["guest"], "workspace_root": "/w/guest",
        })
    }

    #[test]
    fn folders_are_sorted_by_where_packages_come_from() {
        let settings = json!({ "name": "nice", "variants": { "fast": ["a", "b"], "plain": [] } });
        let manifest = Manifest::from_metadata(&metadata(settings)).expect("valid");
        assert_eq!(
            (manifest.name.as_str(), manifest.package.as_str()),
            ("nice", "my-guest")
        );
        assert_eq!(manifest.variants["fast"], ["a", "b"]);
        assert_eq!(
            manifest.own_folders,
            [("my-guest".to_string(), PathBuf::from("/w/guest"))]
        );
        assert_eq!(manifest.registries, [PathBuf::from("/c/src/r-1")]);
        assert_eq!(
            manifest.checkouts,
            [("fork".to_string(), PathBuf::from("/c/git/fork"))]
        );
    }

    #[test]
    fn a_guest_needs_no_settings() {
        let manifest = Manifest::from_metadata(&metadata(Value::Null)).expect("valid");
        assert_eq!(manifest.name, "my-guest");
        assert!(manifest.variants.is_empty());
        let wrong = Manifest::from_metadata(&metadata(json!({ "variants": { "fast": "a" } })));
        assert!(wrong.expect_err("not a list").contains("variants.fast"));
        let wrong = Manifest::from_metadata(&metadata(json!({ "rustflags": "-Ca" })));
        assert!(wrong.expect_err("not a list").contains("rustflags"));
        let flags = json!({ "rustflags": ["-Cllvm-args=-inline-threshold=50"] });
        let manifest = Manifest::from_metadata(&metadata(flags)).expect("valid");
        assert_eq!(manifest.rustflags, ["-Cllvm-args=-inline-threshold=50"]);
    }
}
