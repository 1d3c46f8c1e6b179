//! Who asks, what they may do, and how often.
//!
//! A handler that takes a [`Person`] is closed to everybody without a valid token; one that takes a `Reader` is open
//! unless the service is configured otherwise. Both count against the limits. The base is asked for every write; reads
//! remember a token for a moment, so that searching goes on while the base is away.

/// How the service is opened and limited.
mod access;
/// Where a request comes from.
mod address;
/// How often somebody may ask.
mod limits;
/// Handlers' arguments: a person, a reader, an anonymous reporter.
mod person;
/// Secrets of tokens and reports.
mod secret;
/// Who works on the address base, as arguments.
mod staff;
/// Tokens that were valid a moment ago.
mod tokens;

pub use access::{AccessArgs, PublicReads};
pub use limits::Rate;
pub use person::Person;
pub use secret::new_secret;

pub(crate) use person::{Cartographer, Follower, Reader, Reporter};
pub(crate) use secret::secret_of_key;
pub(crate) use staff::{Editor, Operator, Reviewer, Visitor};
pub(crate) use tokens::Gate;
