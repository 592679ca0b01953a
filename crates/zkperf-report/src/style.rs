//! How text is laid out, and how shares are written.

use zkperf_profile::thousands;

use crate::names::in_cell;

/// What the terminal, or whoever else reads the text, can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns. Names and sentences are cut or broken to fit; numbers never are, so a very narrow
    /// style is exceeded.
    pub width: usize,
    /// Whether to use ANSI colours.
    pub color: bool,
}

impl Default for Style {
    /// A hundred columns without colours.
    fn default() -> Style {
        Style {
            width: 100,
            color: false,
        }
    }
}

impl Style {
    /// Headings.
    pub fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    /// What needs attention.
    pub(crate) fn warning(&self, text: &str) -> String {
        self.paint("33", text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        match self.color && !text.is_empty() {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }

    /// Breaks a sentence at blanks so that it fits; each line ends with a line feed.
    pub fn wrap(&self, text: &str) -> String {
        let mut out = String::new();
        let mut column = 0;
        for word in text.split_whitespace().map(in_cell) {
            let width = word.chars().count();
            if column > 0 && column + 1 + width > self.width {
                out.push('\n');
                column = 0;
            } else if column > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(&word);
            column += width;
        }
        out.push('\n');
        out
    }

    /// The same, behind what stands in the first `indent` columns: further lines stand under the first. However narrow the
    /// style, there is room for a word or two.
    pub fn wrap_hanging(&self, indent: usize, text: &str) -> String {
        let room = Style {
            width: self.width.saturating_sub(indent).max(LEAST_ROOM),
            ..*self
        };
        let wrapped = room.wrap(text);
        let below = format!("\n{:indent$}", "");
        wrapped.trim_end().replace('\n', &below) + "\n"
    }
}

/// Columns that are left for text, however much stands before it.
const LEAST_ROOM: usize = 20;

/// `part` in per cent of `whole`, rounded to a hundredth; 0 if there is no whole.
pub fn percent(part: u64, whole: u64) -> f64 {
    hundredths(part, whole).map_or(0.0, |hundredths| hundredths as f64 / 100.0)
}

/// The same as text: `12.34%`, or `-` if there is no whole.
pub(crate) fn percent_text(part: u64, whole: u64) -> String {
    match hundredths(part, whole) {
        Some(h) => format!("{}.{:02}%", h / 100, h % 100),
        None => "-".to_owned(),
    }
}

/// Hundredths of a per cent, to the nearest; in integers, so that every machine rounds alike.
fn hundredths(part: u64, whole: u64) -> Option<u64> {
    let (part, whole) = (u128::from(part), u128::from(whole));
    let doubled = (part * 20_000).checked_div(whole)?;
    u64::try_from(doubled.div_ceil(2)).ok()
}

/// `1 call`, `2 calls`.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        thousands(count),
        if count == 1 { one } else { many }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            (percent(1, 3), percent(2, 3), percent(5, 0)),
            (33.33, 66.67, 0.0)
        );
        assert_eq!(
            (percent_text(1, 3), percent_text(7, 7)),
            ("33.33%".into(), "100.00%".into())
        );
        assert_eq!(
            (percent_text(1, 20_000), percent_text(1, 20_001)),
            ("0.01%".into(), "0.00%".into())
        );
        assert_eq!(percent_text(0, 0), "-");
        assert_eq!(percent_text(u64::MAX, 1), "-", "more than can be said");
    }

    #[test]
    fn sentences_are_broken_between_words() {
        let style = Style {
            width: 9,
            color: false,
        };
        assert_eq!(
            style.wrap("one two three fourteenletters x"),
            "one two\nthree\nfourteenletters\nx\n"
        );
    }

    #[test]
    fn sentences_hang_behind_what_stands_before_them() {
        let style = Style {
            width: 60,
            color: false,
        };
        let said = "in software: 114 calls and inlined code; there is syscall_uint256_mulmod";
        let before = "256-bit division  ";
        let text = before.to_owned() + &style.wrap_hanging(before.len(), said);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.len() > 1, "{text}");
        assert!(
            lines.iter().all(|line| line.chars().count() <= 60),
            "{text}"
        );
        let words = lines
            .iter()
            .flat_map(|line| line[before.len()..].split_whitespace());
        assert_eq!(words.collect::<Vec<_>>().join(" "), said);
        assert_eq!(style.wrap_hanging(40, ""), "\n");
        assert_eq!(
            style.wrap_hanging(59, "some room is left"),
            "some room is left\n"
        );
    }
}
