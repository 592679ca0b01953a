//! What decides a build before it is made: sources, compiler, recipe, and the profile that the manifest gives it.

use crate::doctor::{cargo, find_recipe};
use crate::error::BuildError;
use crate::files::{read, sha256};
use crate::guest::{Guest, Manifest};
use crate::recipe::Recipe;
use crate::sources::sources_sha256;
use crate::toolchain;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// What decides a build besides a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildIdentity {
    /// SHA-256 over sources, lock file, compiler, linker and recipe: where it is the same, a build gives the same.
    pub sha256: String,
    /// The values that the release profile has, set or by default: `opt-level`, `lto`, `codegen-units`, `panic`.
    pub profile: BTreeMap<&'static str, String>,
    /// The manifest that has the profile: the workspace's.
    pub profile_manifest: PathBuf,
    /// The manifest of the package itself, which has `[package.metadata.zkperf]`.
    pub package_manifest: PathBuf,
}

/// What decides a guest's build. Nothing is built.
///
/// # Errors
/// As [`crate::build`], but for the build itself.
pub fn identity(
    zkvm: &str,
    guest: &Guest,
    variant: Option<&str>,
) -> Result<BuildIdentity, BuildError> {
    let recipe = find_recipe(zkvm)?;
    let folder = guest.folder(recipe)?;
    let toolchain = toolchain::select(recipe)?;
    let linker = toolchain::linker(Some(&toolchain)).ok_or(BuildError::NoLinker)?;
    let cargo = cargo();
    let manifest = Manifest::read(&folder, &cargo)?;
    crate::compile::features(&manifest, variant)?;
    let folders: Vec<PathBuf> = manifest
        .own_folders
        .iter()
        .map(|(_, folder)| folder.canonicalize().unwrap_or_else(|_| folder.clone()))
        .collect();
    let root = &manifest.workspace_root;
    let profile_manifest = root.join("Cargo.toml");
    let workspace = read(&profile_manifest)?;
    let configuration = std::fs::read(root.join(".cargo/config.toml")).unwrap_or_default();
    let parts = [
        recipe.id(),
        recipe.version.to_string(),
        variant.unwrap_or_default().to_owned(),
        toolchain.version.clone(),
        toolchain.name.clone(),
        toolchain::output(&linker, &["--version"]).unwrap_or_default(),
        toolchain::output(&cargo, &["--version"]).unwrap_or_default(),
        sha256(&read(&root.join("Cargo.lock"))?),
        sha256(&workspace),
        sha256(&configuration),
        sources_sha256(&folders, &[])?,
    ];
    let profile = effective((&profile_manifest, &workspace), recipe, &[])?;
    Ok(BuildIdentity {
        sha256: sha256(parts.join("\0").as_bytes()),
        profile,
        package_manifest: folder.join("Cargo.toml"),
        profile_manifest,
    })
}

/// The values that a build has: those of the manifest, a path and its contents, or cargo's, what the recipe's flags say, and
/// what takes its place.
pub(crate) fn effective(
    (manifest, contents): (&Path, &[u8]),
    recipe: &Recipe,
    overrides: &[(&'static str, String)],
) -> Result<BTreeMap<&'static str, String>, BuildError> {
    let mut profile = release_profile(manifest, &String::from_utf8_lossy(contents))?;
    if recipe.flags.contains(&"-Cpanic=abort") {
        profile.insert("panic", "abort".into());
    }
    for (key, value) in overrides {
        profile.insert(key, value.trim_matches('"').to_owned());
    }
    Ok(profile)
}

/// The values of `[profile.release]`, those of cargo's where there are none.
fn release_profile(path: &Path, text: &str) -> Result<BTreeMap<&'static str, String>, BuildError> {
    let table = DeTable::parse(text).map_err(|error| BuildError::NotAGuest {
        path: path.into(),
        problem: format!("it is no TOML: {}", error.message()),
    })?;
    let sub = |value: Option<&toml::Spanned<DeValue<'_>>>, key: &str| -> Option<String> {
        let table = value?.get_ref().as_table()?;
        let value = table.get("release")?.get_ref().as_table()?.get(key)?;
        Some(match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix())
                .ok()?
                .to_string(),
            DeValue::Boolean(value) => value.to_string(),
            _ => return None,
        })
    };
    let value = |key: &str, default: &str| {
        let set = sub(table.get_ref().get("profile"), key);
        set.unwrap_or_else(|| default.to_owned())
    };
    let lto = value("lto", "false");
    let lto = match lto.as_str() {
        "true" | "on" | "yes" | "y" => "fat",
        "n" | "no" => "off",
        other => other,
    };
    Ok(BTreeMap::from([
        ("opt-level", value("opt-level", "3")),
        ("lto", lto.to_owned()),
        ("codegen-units", value("codegen-units", "16")),
        ("panic", value("panic", "unwind")),
    ]))
}

#[cfg(test)]
mod tests {
    use super::release_profile;

    fn values(text: &str) -> String {
        let values = release_profile("Cargo.toml".as_ref(), text).expect("TOML");
        let each: Vec<String> = values
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        each.join(" ")
    }

    #[test]
    fn the_profile_is_cargos_where_the_manifest_says_nothing() {
        assert_eq!(
            values("[package]\nname = \"x\""),
            "codegen-units=16 lto=false opt-level=3 panic=unwind"
        );
        assert_eq!(
            values("[profile.release]\nopt-level = \"s\"\nlto = true\ncodegen-units = 1\npanic = \"abort\""),
            "codegen-units=1 lto=fat opt-level=s panic=abort"
        );
        assert_eq!(
            values("profile = { release = { lto = \"n\", opt-level = 2 } }"),
            "codegen-units=16 lto=off opt-level=2 panic=unwind"
        );
        assert!(release_profile("Cargo.toml".as_ref(), "=").is_err());
    }
}
