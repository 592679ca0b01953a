//! Progress on a terminal; silence when piped.

use indicatif::{ProgressBar, ProgressStyle};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use zkperf_exec::{Control, Progress};

/// Shown while something runs whose length is not known.
pub struct Spinner {
    bar: ProgressBar,
}

impl Spinner {
    /// A spinner with a message; hidden if `quiet` or not on a terminal.
    pub fn new(quiet: bool, message: impl Into<String>) -> Self {
        let bar = if quiet {
            ProgressBar::hidden()
        } else {
            ProgressBar::new_spinner()
        };
        bar.set_style(style("{spinner} {msg}"));
        bar.enable_steady_tick(Duration::from_millis(120));
        bar.set_message(message.into());
        Self { bar }
    }

    /// Another message.
    pub fn say(&self, message: impl Into<String>) {
        self.bar.set_message(message.into());
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// The flag that Ctrl-C sets. The second Ctrl-C ends the process at once.
pub fn cancel_flag() -> Arc<AtomicBool> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    let flag = FLAG.get_or_init(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let seen = flag.clone();
        // A process that already handles signals some other way keeps its own handler.
        let _ = ctrlc::set_handler(move || {
            if seen.swap(true, Ordering::SeqCst) {
                std::process::exit(130);
            }
        });
        flag
    });
    flag.clone()
}

/// A run's control: limit, Ctrl-C, progress with rate, guest stdout to our stderr.
pub fn control(
    quiet: bool,
    max_steps: Option<u64>,
    what: String,
    unit: &'static str,
) -> Control<'static> {
    let spinner = Spinner::new(quiet, what.clone());
    let begun = Instant::now();
    let mut control = Control {
        cancel: cancel_flag(),
        ..Control::default()
    };
    if let Some(max_steps) = max_steps {
        control.max_steps = max_steps;
    }
    let mut shown = begun;
    control.progress = Some(Box::new(move |Progress { steps }| {
        if shown.elapsed() < Duration::from_millis(100) {
            return;
        }
        shown = Instant::now();
        let rate = steps as f64 / begun.elapsed().as_secs_f64();
        spinner.say(format!(
            "{what}: {:.0} M {unit}, {:.0} M/s",
            steps as f64 / 1e6,
            rate / 1e6
        ));
    }));
    control
}
