//! Names from files, as a Markdown comment may hold them: shown as they are, obeyed in nothing.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use crate::names::{fit_names, in_cell};

/// Columns of a name in a table of a comment.
const LONGEST: usize = 110;

/// A name in a cell or a line: a code span, or, if it holds what would end one, the same in entities.
pub(super) fn code(name: &str) -> String {
    let text = plain(name);
    let text = text.trim();
    if text.is_empty() {
        return "-".to_owned();
    }
    // In a code span nothing means anything but backticks and, in a table, pipes.
    match text.contains(['`', '|', '\\']) {
        false => format!("`{text}`"),
        true => format!("<code>{}</code>", entities(text)),
    }
}

/// A function's name, short enough for a table.
pub(super) fn function(name: &str) -> String {
    let fitted = match name.width() > LONGEST {
        true => fit_names(&[(name, None)], LONGEST).swap_remove(0),
        false => name.to_owned(),
    };
    code(&fitted)
}

/// Text in a sentence: everything that Markdown or HTML could obey as entities.
pub(super) fn sentence(text: &str) -> String {
    entities(&plain(text))
}

/// Text in a fenced block, of one line.
pub(super) fn fenced(text: &str) -> String {
    // A fence is a line of its own that starts with three backticks; ours are commands, which do not.
    plain(text).replace('`', "'")
}

/// Control characters written out, as well as those that turn or hide what stands beside them.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in in_cell(text).chars() {
        match is_invisible(c) {
            true => out.extend(c.escape_unicode()),
            false => out.push(c),
        }
    }
    out
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Letters, digits, blanks and a few harmless signs as they are; all else as numeric entities.
fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        // A colon within a word can begin an emoji or an address.
        if c == ':' && chars.peek() == Some(&' ') {
            out.push(c);
            continue;
        }
        match c.is_alphanumeric()
            || matches!(
                c,
                ' ' | ',' | '.' | ';' | '(' | ')' | '%' | '/' | '-' | '\'' | '"'
            ) {
            true => out.push(c),
            false => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_ends_its_cell_or_becomes_a_tag() {
        assert_eq!(code("<a::T as b::C>::f"), "`<a::T as b::C>::f`");
        assert_eq!(code("a|b"), "<code>a&#124;b</code>");
        assert_eq!(
            code("`</code><script>@someone"),
            "<code>&#96;&#60;/code&#62;&#60;script&#62;&#64;someone</code>"
        );
        assert_eq!(
            code("a\nb\u{202e}c\u{1b}[1m"),
            "<code>a&#92;u&#123;a&#125;b&#92;u&#123;202e&#125;c&#92;u&#123;1b&#125;&#91;1m</code>"
        );
        assert_eq!(code(" "), "-");
        assert_eq!(sentence("--> [x](y) #1"), "--&#62; &#91;x&#93;(y) &#35;1");
        assert_eq!(fenced("```\nrm"), "'''\\u{a}rm");
    }
}
