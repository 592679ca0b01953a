//! What is built differently: factors, values, and settings made of them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// Something that a build can be told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Factor {
    /// `opt-level` of cargo's profile.
    OptLevel,
    /// `lto` of cargo's profile.
    Lto,
    /// `codegen-units` of cargo's profile.
    CodegenUnits,
    /// `panic` of cargo's profile.
    Panic,
    /// An option of LLVM's with its dash, such as `-inline-threshold`.
    Llvm(String),
    /// A target feature by its name; the value is `+` or `-`.
    Feature(String),
    /// Another `-C` option of the compiler.
    Codegen(String),
}

/// A factor and the value it is given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Override {
    /// What is set.
    pub factor: Factor,
    /// To what; empty for options that take no value.
    pub value: String,
}

/// Why a text is no setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// The factor is unknown.
    #[error("{factor:?} cannot be set; there are: {known}", known = FAMILIES.join(", "))]
    UnknownFactor {
        /// As it was written.
        factor: String,
    },
    /// The value cannot be one.
    #[error("{text:?}: {problem}")]
    Value {
        /// The whole text.
        text: String,
        /// What is wrong, and what would do.
        problem: String,
    },
}

/// What stands before the first `=` of an override, and the keys of `[sweep]` in `zkperf.toml`.
const FAMILIES: [&str; 7] = [
    "opt-level",
    "lto",
    "codegen-units",
    "panic",
    "llvm",
    "target-feature",
    "C",
];

/// `-C` options that cannot be swept, and why. The first few have factors of their own, the others decide what is built
/// and not how, or what a guest checks.
const NOT_SWEPT: [(&str, &str); 22] = [
    ("opt-level", "set opt-level=… instead"),
    ("lto", "set lto=… instead"),
    ("codegen-units", "set codegen-units=… instead"),
    ("panic", "set panic=… instead"),
    ("llvm-args", "set llvm=-OPTION=… instead"),
    ("target-feature", "set target-feature=+… instead"),
    (
        "inline-threshold",
        "the compiler ignores it; set llvm=-inline-threshold=… instead",
    ),
    (
        "overflow-checks",
        "it changes what the guest checks, not how cheaply",
    ),
    (
        "debug-assertions",
        "it changes what the guest checks, not how cheaply",
    ),
    ("debuginfo", "it changes no code"),
    ("strip", "it changes no code, and profiles need the names"),
    ("incremental", "builds would no longer be reproducible"),
    ("metadata", "it changes no code"),
    ("extra-filename", "it changes no code"),
    ("save-temps", "it changes no code"),
    ("linker", "the recipe or the build command chooses it"),
    (
        "linker-flavor",
        "the recipe or the build command chooses it",
    ),
    ("link-arg", "it may move the guest in memory"),
    ("link-args", "it may move the guest in memory"),
    (
        "link-self-contained",
        "the recipe or the build command chooses it",
    ),
    ("linker-plugin-lto", "set lto=… instead"),
    ("embed-bitcode", "cargo decides it with lto"),
];

impl Factor {
    /// What stands before the first `=`: `opt-level`, `llvm`, `C` ….
    pub fn family(&self) -> &'static str {
        match self {
            Self::OptLevel => FAMILIES[0],
            Self::Lto => FAMILIES[1],
            Self::CodegenUnits => FAMILIES[2],
            Self::Panic => FAMILIES[3],
            Self::Llvm(_) => FAMILIES[4],
            Self::Feature(_) => FAMILIES[5],
            Self::Codegen(_) => FAMILIES[6],
        }
    }

    /// Every family, in order.
    pub fn families() -> &'static [&'static str] {
        &FAMILIES
    }
}

impl fmt::Display for Override {
    /// As [`overrides`] reads it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = self.factor.family();
        let value = &self.value;
        match &self.factor {
            Factor::Feature(name) => write!(out, "{family}={value}{name}"),
            Factor::Llvm(name) | Factor::Codegen(name) if value.is_empty() => {
                write!(out, "{family}={name}")
            }
            Factor::Llvm(name) | Factor::Codegen(name) => write!(out, "{family}={name}={value}"),
            _ => write!(out, "{family}={value}"),
        }
    }
}

/// Reads `FACTOR=VALUE,VALUE…`: `opt-level=2,s`, `llvm=-inline-threshold=50,225`, `target-feature=+zbb`,
/// `C=relocation-model=static,pic`.
///
/// # Errors
/// The factor is unknown or cannot be swept; a value cannot be one.
pub fn overrides(text: &str) -> Result<Vec<Override>, SettingError> {
    let bad = |problem: String| SettingError::Value {
        text: text.to_owned(),
        problem,
    };
    let (family, rest) = text.split_once('=').unwrap_or((text, ""));
    if !FAMILIES.contains(&family) {
        return Err(SettingError::UnknownFactor {
            factor: family.to_owned(),
        });
    }
    if rest.is_empty() {
        return Err(bad(format!("no value; write {family}=VALUE")));
    }
    // In ZKPERF_RUSTFLAGS, flags are parted by blanks.
    if rest.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(bad("a value has no blanks in it".into()));
    }
    let each = |of: &str, make: &dyn Fn(&str) -> Result<Override, String>| {
        of.split(',').map(|item| make(item).map_err(bad)).collect()
    };
    match family {
        "opt-level" => each(rest, &|item| {
            one_of(Factor::OptLevel, item, &["0", "1", "2", "3", "s", "z"])
        }),
        "lto" => each(rest, &|item| {
            let item = if item == "true" { "fat" } else { item };
            one_of(Factor::Lto, item, &["off", "false", "thin", "fat"])
        }),
        "codegen-units" => each(rest, &|item| match item.parse::<u32>() {
            Ok(units @ 1..) => Ok(Override {
                factor: Factor::CodegenUnits,
                value: units.to_string(),
            }),
            _ => Err(format!("{item:?} is no number of codegen units, from 1")),
        }),
        "panic" => each(rest, &|item| {
            one_of(Factor::Panic, item, &["abort", "unwind"])
        }),
        "target-feature" => each(rest, &feature),
        "llvm" => {
            let (name, values) = named(rest);
            let letters = name.strip_prefix('-').unwrap_or_default();
            if !is_name(letters.trim_start_matches('-')) {
                return Err(bad(format!(
                    "{name:?} is no option of LLVM's; write llvm=-OPTION=VALUE"
                )));
            }
            valued(Factor::Llvm(name.to_owned()), values).map_err(bad)
        }
        _ => {
            let (name, values) = named(rest);
            let refused = NOT_SWEPT.iter().find(|(option, _)| *option == name);
            if let Some((_, why)) = refused {
                return Err(bad(format!("-C {name} is not swept: {why}")));
            }
            if !is_name(name) {
                return Err(bad(format!("{name:?} is no option; write C=OPTION=VALUE")));
            }
            valued(Factor::Codegen(name.to_owned()), values).map_err(bad)
        }
    }
}

fn one_of(factor: Factor, value: &str, allowed: &[&str]) -> Result<Override, String> {
    match allowed.contains(&value) {
        true => Ok(Override {
            factor,
            value: value.to_owned(),
        }),
        false => Err(format!(
            "{value:?} is no value of it; there are: {}",
            allowed.join(", ")
        )),
    }
}

fn feature(item: &str) -> Result<Override, String> {
    let sign = item.chars().next().unwrap_or_default();
    let name = item.get(1..).unwrap_or_default();
    match (sign, is_name(name)) {
        ('+' | '-', true) => Ok(Override {
            factor: Factor::Feature(name.to_owned()),
            value: sign.to_string(),
        }),
        _ => Err(format!(
            "{item:?} is no target feature; write +NAME or -NAME"
        )),
    }
}

/// A name and what stands behind its `=`, if anything does.
fn named(text: &str) -> (&str, Option<&str>) {
    match text.split_once('=') {
        Some((name, values)) => (name, Some(values)),
        None => (text, None),
    }
}

fn valued(factor: Factor, values: Option<&str>) -> Result<Vec<Override>, String> {
    let Some(values) = values else {
        let value = String::new();
        return Ok(vec![Override { factor, value }]);
    };
    let one = |value: &str| match value.is_empty() {
        true => Err("an empty value".to_owned()),
        false => Ok(Override {
            factor: factor.clone(),
            value: value.to_owned(),
        }),
    };
    values.split(',').map(one).collect()
}

fn is_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    !text.is_empty() && text.bytes().all(plain)
}

/// What is built differently from the guest's own `Cargo.toml`; nothing for the baseline. Serialized as the list of its
/// overrides.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Setting(BTreeMap<Factor, String>);

impl Setting {
    /// The guest as it is.
    pub fn baseline() -> Self {
        Self::default()
    }

    /// This one with another override; one of the same factor gives way.
    #[must_use]
    pub fn with(mut self, one: Override) -> Self {
        self.0.insert(one.factor, one.value);
        self
    }

    /// Whether nothing is built differently.
    pub fn is_baseline(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a factor, if it is set.
    pub fn get(&self, factor: &Factor) -> Option<&str> {
        self.0.get(factor).map(String::as_str)
    }

    /// The overrides, cargo's profile first.
    pub fn overrides(&self) -> impl Iterator<Item = Override> + '_ {
        self.0.iter().map(|(factor, value)| Override {
            factor: factor.clone(),
            value: value.clone(),
        })
    }

    /// The keys of cargo's profile that it sets, each with its value as TOML.
    pub fn cargo_profile(&self) -> Vec<(&'static str, String)> {
        let key = |(factor, value): (&Factor, &String)| {
            let is_number = value.bytes().all(|b| b.is_ascii_digit());
            let toml = match is_number || value == "false" {
                true => value.clone(),
                false => format!("\"{value}\""),
            };
            match factor {
                Factor::Llvm(_) | Factor::Feature(_) | Factor::Codegen(_) => None,
                _ => Some((factor.family(), toml)),
            }
        };
        self.0.iter().filter_map(key).collect()
    }

    /// The compiler's flags that it adds.
    pub fn rustflags(&self) -> Vec<String> {
        let flag = |(factor, value): (&Factor, &String)| {
            let assigned = match value.as_str() {
                "" => String::new(),
                value => format!("={value}"),
            };
            match factor {
                Factor::Llvm(name) => Some(format!("-Cllvm-args={name}{assigned}")),
                Factor::Feature(name) => Some(format!("-Ctarget-feature={value}{name}")),
                Factor::Codegen(name) => Some(format!("-C{name}{assigned}")),
                _ => None,
            }
        };
        self.0.iter().filter_map(flag).collect()
    }

    /// What a build command of somebody's own is given: cargo's own variables for a profile, and the flags in
    /// `ZKPERF_RUSTFLAGS`, parted by blanks.
    pub fn environment(&self) -> Vec<(String, String)> {
        let variable = |(key, value): (&str, String)| {
            let name = key.to_uppercase().replace('-', "_");
            let value = value.trim_matches('"').to_owned();
            (format!("CARGO_PROFILE_RELEASE_{name}"), value)
        };
        let mut all: Vec<_> = self.cargo_profile().into_iter().map(variable).collect();
        all.push(("ZKPERF_RUSTFLAGS".into(), self.rustflags().join(" ")));
        all
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_baseline() {
            return out.write_str("baseline");
        }
        for (at, one) in self.overrides().enumerate() {
            let blank = if at == 0 { "" } else { " " };
            write!(out, "{blank}{one}")?;
        }
        Ok(())
    }
}

impl Serialize for Setting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.overrides().map(|one| one.to_string()))
    }
}

impl<'de> Deserialize<'de> for Setting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let mut setting = Setting::baseline();
        for text in texts {
            for one in overrides(&text).map_err(serde::de::Error::custom)? {
                setting = setting.with(one);
            }
        }
        Ok(setting)
    }
}
