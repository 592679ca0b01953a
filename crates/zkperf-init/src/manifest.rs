//! What a `Cargo.toml` says of being a guest.

use std::path::Path;
use toml::de::{DeTable, DeValue};

/// A package, as far as recognising guests needs it.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    /// Its name; empty for a workspace without a package.
    pub(crate) name: String,
    /// Its dependencies: name and what is asked for, such as `=1.4.0-alpha` or `tag v0.16.1`.
    pub(crate) dependencies: Vec<(String, String)>,
    /// Folders that `[package.metadata.risc0]` names as holding guests.
    pub(crate) methods: Vec<String>,
    /// Whether it has a `[[bin]]`.
    pub(crate) has_bin: bool,
}

impl Manifest {
    /// Reads a file; `None` if it is no manifest that can be understood.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(path).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let document = DeTable::parse(text).ok()?;
        let document = document.get_ref();
        let package = table(document, "package");
        let name = package.and_then(|package| text_of(package, "name"));
        let mut dependencies = Vec::new();
        for (name, value) in table(document, "dependencies").into_iter().flatten() {
            let (mut name, value) = (name.get_ref().to_string(), value.get_ref());
            // `x = { package = "sp1-zkvm", … }` is sp1-zkvm under another name.
            if let DeValue::Table(entry) = value {
                name = text_of(entry, "package").unwrap_or(name);
            }
            dependencies.push((name, wanted(value)));
        }
        let methods = package
            .and_then(|package| table(table(package, "metadata")?, "risc0"))
            .map(|risc0| texts(risc0, "methods"));
        let has_bin =
            matches!(get(document, "bin"), Some(DeValue::Array(bins)) if !bins.is_empty());
        Some(Self {
            name: name.unwrap_or_default(),
            dependencies,
            methods: methods.unwrap_or_default(),
            has_bin,
        })
    }
}

/// Version, tag, branch or revision of a dependency.
fn wanted(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(version) => version.to_string(),
        DeValue::Table(entry) => ["version", "tag", "branch", "rev"]
            .iter()
            .find_map(|&key| {
                let value = text_of(entry, key)?;
                Some(match key {
                    "version" => value,
                    _ => format!("{key} {value}"),
                })
            })
            .unwrap_or_default(),
        _ => String::new(),
    }
}

fn get<'a>(table: &'a DeTable<'_>, key: &str) -> Option<&'a DeValue<'a>> {
    let mut entries = table.iter();
    let found = entries.find(|(name, _)| name.get_ref().as_ref() == key);
    found.map(|(_, value)| value.get_ref())
}

fn table<'a>(table: &'a DeTable<'_>, key: &str) -> Option<&'a DeTable<'a>> {
    match get(table, key) {
        Some(DeValue::Table(found)) => Some(found),
        _ => None,
    }
}

fn text_of(table: &DeTable<'_>, key: &str) -> Option<String> {
    match get(table, key) {
        Some(DeValue::String(text)) => Some(text.to_string()),
        _ => None,
    }
}

fn texts(table: &DeTable<'_>, key: &str) -> Vec<String> {
    let Some(DeValue::Array(list)) = get(table, key) else {
        return Vec::new();
    };
    let text = |value: &DeValue<'_>| value.as_str().map(str::to_owned);
    list.iter()
        .filter_map(|value| text(value.get_ref()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Manifest;

    #[test]
    fn what_a_manifest_says() {
        let manifest = Manifest::parse(
            "[package]\nname = \"g\"\n[package.metadata.risc0]\nmethods = [\"guest\"]\n[[bin]]\nname = \"b\"\n\
             [dependencies]\nziskos = { git = \"https://example.org\", tag = \"v0.16.1\" }\n\
             zk = { package = \"sp1-zkvm\", version = \"=5.0.8\" }\nrisc0-zkvm.workspace = true\nplain = \"1\"\n",
        )
        .expect("valid");
        assert_eq!(manifest.name, "g");
        assert_eq!(manifest.methods, ["guest"]);
        assert!(manifest.has_bin);
        let wanted = |name: &str| {
            let found = manifest
                .dependencies
                .iter()
                .find(|(known, _)| known == name);
            found.map(|(_, wanted)| wanted.as_str())
        };
        assert_eq!(wanted("ziskos"), Some("tag v0.16.1"));
        assert_eq!(wanted("sp1-zkvm"), Some("=5.0.8"));
        assert_eq!(wanted("risc0-zkvm"), Some(""));
        assert_eq!(wanted("zk"), None);
        assert!(Manifest::parse("not toml [").is_none());
        assert_eq!(Manifest::parse("[workspace]\n").expect("valid").name, "");
    }
}
