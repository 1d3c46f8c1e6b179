//! All tests that span the crates, one module for each subject.
//!
//! They are one program: each program of tests has the whole product linked into it, about a hundred megabytes, and
//! forty of them take minutes to link and more room on disk than a small machine has.

mod api;
mod around;
mod arrival;
mod arrival_checks;
mod bad_input;
mod base;
mod base_full;
mod base_killed;
mod base_trouble;
mod command_line;
mod complaints;
mod console;
mod coverage;
mod diffs;
mod edit_base;
mod edits;
mod edits_fate;
mod edits_live;
mod edits_merge;
mod end_to_end;
mod golden;
mod hostile;
mod learn;
mod lists;
mod namesakes;
mod nightly;
mod overlay;
mod people;
mod pickup;
mod pickup_golden;
mod pins;
mod report_base;
mod reports;
mod reverse;
mod ruling_base;
mod rulings_live;
mod shared_base;
mod snapshots;
mod swap;
mod typing;
mod zones;
