//! Why a text cannot be imported.

use std::path::PathBuf;

/// What is wrong with a report, or with running the emulator.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Something else altogether.
    #[error(
        "it is no report of ziskemu: there is no line that begins with REPORT; run `ziskemu -e ELF -i INPUT -X -S -D` and \
         save what it prints"
    )]
    Foreign,
    /// A row that cannot be read.
    #[error("line {line}, in the section {section:?}: {problem}: {text:?}")]
    Row {
        /// Line, from 1.
        line: usize,
        /// First words of its section's title.
        section: &'static str,
        /// What is wrong.
        problem: String,
        /// The line, shortened.
        text: String,
    },
    /// It ends too early.
    #[error("it is cut off: {0}; save all that ziskemu prints")]
    CutOff(String),
    /// Its parts are not its sums.
    #[error(
        "{what}: its rows add up to {sum}, and it says {stated}; it is cut off or was changed"
    )]
    DoesNotAddUp {
        /// Which sum.
        what: &'static str,
        /// Of the rows.
        sum: u64,
        /// As stated.
        stated: u64,
    },
    /// Steps and their cost do not fit.
    #[error("MAIN is {main}, which is no whole price for each of {steps} STEPS; one of the two was changed")]
    NoPrice {
        /// The cost of all steps.
        main: u64,
        /// The steps.
        steps: u64,
    },
    /// The emulator cannot be run.
    #[error("cannot run {program}: {cause}; install it with `cargo install ziskemu --version VERSION --locked --root PREFIX` and \
             name PREFIX with --official", program = program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The emulator ran and made no report.
    #[error("{program} made no report: {words}", program = program.display())]
    NoReport {
        /// The program.
        program: PathBuf,
        /// What it wrote to its standard error.
        words: String,
    },
}
