//! Names as a page may hold them.

use std::collections::HashMap;

/// Longest name that a page holds whole, in characters; of longer ones, it holds both ends.
const LONGEST: usize = 2_000;

/// Every text of a page, once.
#[derive(Debug, Default)]
pub(super) struct Strings {
    pub list: Vec<String>,
    known: HashMap<String, u32>,
}

impl Strings {
    /// The index of a text.
    pub fn at(&mut self, text: &str) -> u32 {
        if let Some(&known) = self.known.get(text) {
            return known;
        }
        let at = self.list.len() as u32;
        self.list.push(text.to_owned());
        self.known.insert(text.to_owned(), at);
        at
    }
}

/// A name as people may see it: what cannot be seen, or would turn the text around it, as `\u{202e}`; of a huge one,
/// both ends and how much lies between them.
pub(super) fn shown(name: &str) -> String {
    let name: std::borrow::Cow<'_, str> = match name.chars().any(is_unseen) {
        false => name.into(),
        true => name
            .chars()
            .map(|c| match is_unseen(c) {
                true => format!("\\u{{{:x}}}", u32::from(c)),
                false => c.to_string(),
            })
            .collect(),
    };
    // As many bytes as that are as many characters at most.
    if name.len() <= LONGEST || name.chars().count() <= LONGEST {
        return name.into_owned();
    }
    let half = LONGEST / 2;
    let count = name.chars().count();
    let head: String = name.chars().take(half).collect();
    let tail: String = name.chars().skip(count - half).collect();
    format!(
        "{head} […{} characters left out…] {tail}",
        zkperf_profile::thousands((count - 2 * half) as u64)
    )
}

/// Control characters, and those that take no room or decide in which direction text runs.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_as_they_are_or_say_what_is_missing() {
        assert_eq!(shown("a::<b>\u{2019}"), "a::<b>\u{2019}");
        assert_eq!(shown("a\u{202e}b\0\n"), "a\\u{202e}b\\u{0}\\u{a}");
        let huge = shown(&"ü".repeat(1_000_000));
        assert!(huge.contains(" […998,000 characters left out…] "));
        assert_eq!(huge.matches('ü').count(), 2_000);
    }
}
