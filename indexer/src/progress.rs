//! What a person sees while work goes on: a spinner on a terminal, plain lines elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// Stages of long work and the time each took.
pub struct Progress {
    bar: Option<ProgressBar>,
    stages: Vec<(String, f64)>,
    began: Instant,
    current: Option<(String, Instant)>,
}

impl Default for Progress {
    fn default() -> Progress {
        let bar = stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {elapsed:>4} {msg}")
                .unwrap_or(ProgressStyle::default_spinner());
            let bar = ProgressBar::new_spinner().with_style(style);
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Progress {
            bar,
            stages: Vec::new(),
            began: Instant::now(),
            current: None,
        }
    }
}

impl Progress {
    /// Begins a stage; the one before it ends.
    pub fn stage(&mut self, name: &str) {
        self.end_stage();
        match &self.bar {
            Some(bar) => bar.set_message(name.to_owned()),
            // A lost line of progress is no reason to stop.
            None => writeln!(
                stderr(),
                "{:7.1} s  {name}",
                self.began.elapsed().as_secs_f64()
            )
            .unwrap_or_default(),
        }
        self.current = Some((name.to_owned(), Instant::now()));
    }

    /// Ends the last stage; returns all of them with their seconds, and the whole time.
    pub fn finish(mut self) -> (Vec<(String, f64)>, f64) {
        self.end_stage();
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        (self.stages, self.began.elapsed().as_secs_f64())
    }

    fn end_stage(&mut self) {
        if let Some((name, since)) = self.current.take() {
            self.stages.push((name, since.elapsed().as_secs_f64()));
        }
    }
}
