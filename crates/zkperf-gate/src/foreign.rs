//! Guests that read another format than the reference guest's: tampered blocks and witnesses go through their own
//! input command.

use crate::error::GateError;
use crate::tamper::{Parts, Tampering};
use std::path::Path;
use std::process::Command;
use zkperf_block::{Recorded, Witness};

/// Stands for the recorded block's file in an [`InputCommand`].
const RECORDED: &str = "{recorded}";
/// Stands for the file that the command is to write.
const OUTPUT: &str = "{output}";

/// Makes the input of a guest that reads another format than the reference guest's.
pub trait MakeInput {
    /// The guest's input for a recorded block, which stands in `file` as well. `file` has a folder of its own, which goes
    /// away afterwards.
    ///
    /// # Errors
    /// Why there is none, in a clause that begins with "its input command".
    fn make(&self, recorded: &Recorded, file: &Path) -> Result<Vec<u8>, String>;
}

/// Has an input made for a recorded block, or told why there is none.
///
/// # Errors
/// [`GateError::Scratch`] if there is no place for files.
pub(crate) fn input(
    maker: &dyn MakeInput,
    recorded: &Recorded,
) -> Result<Result<Vec<u8>, String>, GateError> {
    let folder = tempfile::tempdir().map_err(GateError::Scratch)?;
    let file = folder.path().join("block.json.zst");
    recorded
        .save(&file)
        .map_err(|error| GateError::Scratch(std::io::Error::other(error.to_string())))?;
    Ok(maker.make(recorded, &file))
}

/// A program that makes a guest's input file out of a recorded block's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputCommand(Vec<String>);

impl InputCommand {
    /// Splits a command at spaces (there is no shell) and looks for `{recorded}` and `{output}` in it.
    ///
    /// # Errors
    /// What is missing.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        for place in [RECORDED, OUTPUT] {
            if !text.contains(place) {
                return Err(format!(
                    "it must name {place}, as in `my-input --block {RECORDED} -o {OUTPUT}`"
                ));
            }
        }
        Ok(Self(words))
    }
}

impl MakeInput for InputCommand {
    fn make(&self, _recorded: &Recorded, file: &Path) -> Result<Vec<u8>, String> {
        let to = file.with_file_name("input.bin");
        let place = |word: &String| {
            word.replace(RECORDED, &file.to_string_lossy())
                .replace(OUTPUT, &to.to_string_lossy())
        };
        let mut words = self.0.iter().map(place);
        let program = words.next().unwrap_or_default();
        let output = Command::new(&program)
            .args(words)
            .output()
            .map_err(|cause| format!("its input command `{program}` cannot be run: {cause}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().last().unwrap_or_default();
            return Err(format!(
                "its input command refuses it ({}): {last}",
                output.status
            ));
        }
        std::fs::read(to).map_err(|cause| format!("its input command wrote no input: {cause}"))
    }
}

/// The recorded block with tampered parts; `None` for tamperings with the reference guest's own format.
pub(crate) fn tampered(
    recorded: &Recorded,
    tampering: &Tampering,
    original: &crate::tamper::Original,
) -> Option<Recorded> {
    let Parts {
        block,
        nodes,
        codes,
        headers,
    } = tampering.parts(original)?;
    Some(Recorded {
        raw_block: block,
        witness: Witness {
            state: nodes,
            codes,
            headers,
            keys: recorded.witness.keys.clone(),
        },
        ..recorded.clone()
    })
}
