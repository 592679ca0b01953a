//! The little of unified diffs that lints need: which lines came, which went, where.

/// One file of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileDiff {
    /// Path after the change, or before it where the file is gone.
    pub(crate) path: String,
    /// Whether its content is not text.
    pub(crate) binary: bool,
    /// Lines that came or went, hunk by hunk.
    pub(crate) hunks: Vec<Vec<Line>>,
}

/// A line that came or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Whether it came.
    pub(crate) added: bool,
    /// Its number in the file: after the change if it came, before it if it went.
    pub(crate) number: usize,
    /// Its text.
    pub(crate) text: String,
}

impl FileDiff {
    fn named(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            binary: false,
            hunks: Vec::new(),
        }
    }

    /// Every line that came or went.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.hunks.iter().flatten()
    }
}

/// Whether a text says which file it is about, as every unified diff does; nothing at all is a diff without a difference.
pub fn is_diff(text: &str) -> bool {
    let names_a_file = |file: &FileDiff| file.binary || !file.hunks.is_empty();
    text.trim().is_empty()
        || text.lines().any(|line| line.starts_with("diff --git "))
        || parse(text).iter().any(names_a_file)
}

/// Reads a unified diff. What is none of it is passed over: there is no wrong input.
pub(crate) fn parse(diff: &str) -> Vec<FileDiff> {
    let mut files: Vec<FileDiff> = Vec::new();
    let (mut old, mut new) = (0, 0);
    // Lines of the running hunk that are still to come, before and after: a removed line may begin with `-- `.
    let (mut old_left, mut new_left) = (0, 0);
    for line in diff.lines() {
        if old_left == 0 && new_left == 0 {
            if let Some(hunk) = line.strip_prefix("@@ ") {
                ((old, old_left), (new, new_left)) = ranges(hunk).unwrap_or_default();
                if let Some(file) = files.last_mut() {
                    file.hunks.push(Vec::new());
                }
            } else {
                header(&mut files, line);
            }
            continue;
        }
        let (added, removed) = match line.as_bytes().first() {
            Some(b'+') => (true, false),
            Some(b'-') => (false, true),
            // "\ No newline at end of file"
            Some(b'\\') => continue,
            _ => (false, false),
        };
        if added || removed {
            let hunk = files.last_mut().and_then(|file| file.hunks.last_mut());
            if let Some(hunk) = hunk {
                hunk.push(Line {
                    added,
                    number: if added { new } else { old },
                    text: line[1..].to_owned(),
                });
            }
        }
        if !removed {
            new += 1;
            new_left = usize::saturating_sub(new_left, 1);
        }
        if !added {
            old += 1;
            old_left = usize::saturating_sub(old_left, 1);
        }
    }
    files
}

/// A line between hunks.
fn header(files: &mut Vec<FileDiff>, line: &str) {
    if let Some(paths) = line.strip_prefix("diff --git ") {
        // "a/PATH b/PATH": the two are as long as each other unless the file was renamed, which "+++" tells.
        let path = paths.rsplit_once(" b/").map_or(paths, |(_, path)| path);
        files.push(FileDiff::named(path));
    } else if let Some(path) = line.strip_prefix("--- ") {
        // Diffs of other tools have no "diff --git" in front.
        let open = files
            .last()
            .is_some_and(|file| file.hunks.is_empty() && !file.binary);
        match files.last_mut().filter(|_| open) {
            Some(file) if !is_nothing(path) => file.path = clean(path),
            Some(_) => {}
            None => files.push(FileDiff::named(&clean(path))),
        }
    } else if let Some(path) = line.strip_prefix("+++ ").filter(|path| !is_nothing(path)) {
        if let Some(file) = files.last_mut() {
            file.path = clean(path);
        }
    } else if line.starts_with("Binary files ") || line == "GIT binary patch" {
        if let Some(file) = files.last_mut() {
            file.binary = true;
        }
    }
}

fn is_nothing(path: &str) -> bool {
    path.split('\t').next() == Some("/dev/null")
}

/// A path without git's `a/` and `b/`, and without the time that diff puts behind it.
fn clean(path: &str) -> String {
    let path = path.split('\t').next().unwrap_or(path);
    let short = path.strip_prefix("a/").or_else(|| path.strip_prefix("b/"));
    short.unwrap_or(path).to_owned()
}

/// First line and number of lines, before and after: `-12,7 +12,9 @@ …`.
fn ranges(hunk: &str) -> Option<((usize, usize), (usize, usize))> {
    let mut parts = hunk.split(' ');
    let old = range(parts.next()?.strip_prefix('-')?)?;
    let new = range(parts.next()?.strip_prefix('+')?)?;
    Some((old, new))
}

fn range(text: &str) -> Option<(usize, usize)> {
    match text.split_once(',') {
        Some((first, count)) => Some((first.parse().ok()?, count.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIFF: &str = "\
diff --git a/src/a.rs b/src/a.rs
index 1..2 100644
--- a/src/a.rs
+++ b/src/a.rs
@@ -3,4 +3,4 @@ fn outer() {
 kept
--- went, and looks like a header
+++ came, and looks like one
 kept
 kept
@@ -20 +20,2 @@
-gone
+one
+two
\\ No newline at end of file
diff --git a/old.rs b/old.rs
deleted file mode 100644
--- a/old.rs
+++ /dev/null
@@ -1,1 +0,0 @@
-assert!(true);
diff --git a/x.bin b/x.bin
Binary files a/x.bin and b/x.bin differ
";

    #[test]
    fn lines_have_their_numbers() {
        let files = parse(DIFF);
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["src/a.rs", "old.rs", "x.bin"]);
        let lines: Vec<(bool, usize, &str)> = files[0]
            .lines()
            .map(|line| (line.added, line.number, line.text.as_str()))
            .collect();
        assert_eq!(
            lines,
            [
                (false, 4, "-- went, and looks like a header"),
                (true, 4, "++ came, and looks like one"),
                (false, 20, "gone"),
                (true, 20, "one"),
                (true, 21, "two"),
            ]
        );
        assert_eq!(files[1].hunks[0][0].text, "assert!(true);");
        assert!(files[2].binary);
    }

    #[test]
    fn nonsense_is_no_panic() {
        for text in [
            "",
            "@@",
            "@@ -1 +1 @@\n+x",
            "--- \n+++ \n@@ -9999999999999999999999 +1 @@\n-x",
            "@@ -1,9 +1,9 @@\n\u{e9}",
        ] {
            parse(text);
        }
    }
}
