//! Walks a TOML document and remembers where everything stands.

use crate::error::ConfigError;
use std::collections::BTreeMap;
use std::path::Path;
use toml::de::{DeTable, DeValue};
use toml::Spanned;

/// A file's text and name, to say where something is.
pub(crate) struct Source<'a> {
    pub(crate) path: &'a Path,
    pub(crate) text: &'a str,
}

impl Source<'_> {
    /// The line, from 1, in which byte `offset` stands.
    pub(crate) fn line(&self, offset: usize) -> usize {
        let before = self.text.get(..offset).unwrap_or(self.text);
        before.matches('\n').count() + 1
    }

    pub(crate) fn bad_value(
        &self,
        line: usize,
        key: &str,
        problem: impl Into<String>,
    ) -> ConfigError {
        ConfigError::Value {
            path: self.path.into(),
            line,
            key: key.into(),
            problem: problem.into(),
        }
    }
}

type Value<'a> = Spanned<DeValue<'a>>;

/// One table, from which keys are taken; what is left at the end nobody knows.
pub(crate) struct Section<'a, 's> {
    source: &'s Source<'s>,
    /// The table's name with dots, empty for the document.
    name: String,
    /// The line of its header, or of the document's begin.
    pub(crate) line: usize,
    entries: BTreeMap<String, (usize, Value<'a>)>,
    asked: Vec<String>,
}

impl<'a, 's> Section<'a, 's> {
    /// The whole document.
    pub(crate) fn document(source: &'s Source<'s>) -> Result<Self, ConfigError>
    where
        's: 'a,
    {
        let table = DeTable::parse(source.text).map_err(|error| ConfigError::Syntax {
            path: source.path.into(),
            line: source.line(error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })?;
        Ok(Self::of(source, String::new(), 1, table.into_inner()))
    }

    fn of(source: &'s Source<'s>, name: String, line: usize, table: DeTable<'a>) -> Self {
        let entries = table
            .into_iter()
            .map(|(key, value)| {
                let line = source.line(key.span().start);
                (key.into_inner().into_owned(), (line, value))
            })
            .collect();
        Self {
            source,
            name,
            line,
            entries,
            asked: Vec::new(),
        }
    }

    /// A key of this table as errors name it.
    pub(crate) fn full(&self, key: &str) -> String {
        match self.name.as_str() {
            "" => key.to_owned(),
            name => format!("{name}.{key}"),
        }
    }

    fn take(&mut self, key: &str) -> Option<(usize, Value<'a>)> {
        self.asked.push(key.to_owned());
        self.entries.remove(key)
    }

    pub(crate) fn bad(&self, line: usize, key: &str, problem: impl Into<String>) -> ConfigError {
        self.source.bad_value(line, &self.full(key), problem)
    }

    /// A text that is not empty, with its line.
    pub(crate) fn text(&mut self, key: &str) -> Result<Option<(usize, String)>, ConfigError> {
        let Some((line, value)) = self.take(key) else {
            return Ok(None);
        };
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => {
                Ok(Some((line, text.clone().into_owned())))
            }
            DeValue::String(_) => Err(self.bad(line, key, "is empty; leave it out instead")),
            other => Err(self.bad(line, key, format!("is {}, not a text", kind(other)))),
        }
    }

    /// As [`Self::text`], without the line.
    pub(crate) fn plain_text(&mut self, key: &str) -> Result<Option<String>, ConfigError> {
        Ok(self.text(key)?.map(|(_, text)| text))
    }

    /// A list of texts, each with its line; `None` if it is not there.
    pub(crate) fn texts(&mut self, key: &str) -> Result<Option<Vec<(usize, String)>>, ConfigError> {
        self.list(key, "a text", |value| match value {
            DeValue::String(text) if !text.trim().is_empty() => Some(text.clone().into_owned()),
            _ => None,
        })
    }

    /// A list of texts and whole numbers, all of them as texts, each with its line; `None` if it is not there.
    pub(crate) fn words(&mut self, key: &str) -> Result<Option<Vec<(usize, String)>>, ConfigError> {
        self.list(key, "a text or a whole number", |value| match value {
            DeValue::String(text) if !text.trim().is_empty() => Some(text.clone().into_owned()),
            DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
            _ => None,
        })
    }

    /// A list of whole numbers; `None` if it is not there.
    pub(crate) fn numbers(&mut self, key: &str) -> Result<Option<Vec<u64>>, ConfigError> {
        let list = self.list(key, "a whole number", |value| match value {
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        })?;
        Ok(list.map(|list| list.into_iter().map(|(_, number)| number).collect()))
    }

    fn list<T>(
        &mut self,
        key: &str,
        what: &str,
        read: impl Fn(&DeValue<'_>) -> Option<T>,
    ) -> Result<Option<Vec<(usize, T)>>, ConfigError> {
        let Some((line, value)) = self.take(key) else {
            return Ok(None);
        };
        let DeValue::Array(list) = value.get_ref() else {
            let found = kind(value.get_ref());
            return Err(self.bad(line, key, format!("is {found}, not a list")));
        };
        let mut items = Vec::new();
        for item in list.iter() {
            let at = self.source.line(item.span().start);
            match read(item.get_ref()) {
                Some(read) => items.push((at, read)),
                None => {
                    let found = kind(item.get_ref());
                    return Err(self.bad(at, key, format!("holds {found}; each item is {what}")));
                }
            }
        }
        Ok(Some(items))
    }

    /// A table in this one.
    pub(crate) fn table(&mut self, key: &str) -> Result<Option<Self>, ConfigError> {
        let Some((line, value)) = self.take(key) else {
            return Ok(None);
        };
        let name = self.full(key);
        match value.into_inner() {
            DeValue::Table(table) => Ok(Some(Self::of(self.source, name, line, table))),
            other => {
                Err(self
                    .source
                    .bad_value(line, &name, format!("is {}, not a table", kind(&other))))
            }
        }
    }

    /// All tables in this one that nobody asked for by name, with their names.
    pub(crate) fn other_tables(&mut self) -> Result<Vec<(String, Self)>, ConfigError> {
        let names: Vec<String> = self
            .entries
            .iter()
            .filter(|(_, (_, value))| matches!(value.get_ref(), DeValue::Table(_)))
            .map(|(name, _)| name.clone())
            .collect();
        let mut tables = Vec::new();
        for name in names {
            if let Some(table) = self.table(&name)? {
                tables.push((name, table));
            }
        }
        Ok(tables)
    }

    /// All texts and whole numbers that nobody asked for by name, with their lines: a table of free keys.
    pub(crate) fn other_scalars(&mut self) -> Result<Vec<(String, usize, String)>, ConfigError> {
        let mut scalars = Vec::new();
        for (key, (line, value)) in std::mem::take(&mut self.entries) {
            match value.get_ref() {
                DeValue::String(text) => scalars.push((key, line, text.clone().into_owned())),
                DeValue::Integer(number) if number.radix() == 10 => {
                    scalars.push((key, line, number.as_str().to_owned()));
                }
                other => {
                    let problem = format!("is {}, not a text", kind(other));
                    return Err(self.bad(line, &key, problem));
                }
            }
        }
        Ok(scalars)
    }

    /// Refuses what nobody asked for.
    pub(crate) fn finish(&self) -> Result<(), ConfigError> {
        let Some((key, (line, _))) = self.entries.iter().next() else {
            return Ok(());
        };
        let known = self.asked.clone();
        Err(ConfigError::UnknownKey {
            path: self.source.path.into(),
            line: *line,
            key: self.full(key),
            meant: nearest(key, &known),
            known,
        })
    }
}

/// The known name that a mistyped one was probably meant as.
pub(crate) fn nearest(name: &str, known: &[String]) -> Option<String> {
    /// Below this, two names have little in common.
    const ALIKE: f64 = 0.8;
    let score = |other: &String| strsim::jaro_winkler(name, other);
    let best = known
        .iter()
        .max_by(|a, b| score(a).total_cmp(&score(b)))
        .filter(|best| score(best) >= ALIKE);
    best.cloned()
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "an empty text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
