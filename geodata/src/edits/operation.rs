//! What can be done to a place.

use std::fmt;
use std::str::FromStr;

/// What an edit does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    CreatePlace,
    CreateStreet,
    CreateHouses,
    SetNames,
    Move,
    SetHousenumber,
    SetCategory,
    SetAttributes,
    SetAddress,
    AddSynonym,
    Merge,
    Split,
    Delete,
    Hide,
}

impl Operation {
    pub const ALL: [Operation; 14] = [
        Operation::CreatePlace,
        Operation::CreateStreet,
        Operation::CreateHouses,
        Operation::SetNames,
        Operation::Move,
        Operation::SetHousenumber,
        Operation::SetCategory,
        Operation::SetAttributes,
        Operation::SetAddress,
        Operation::AddSynonym,
        Operation::Merge,
        Operation::Split,
        Operation::Delete,
        Operation::Hide,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Operation::CreatePlace => "create_place",
            Operation::CreateStreet => "create_street",
            Operation::CreateHouses => "create_houses",
            Operation::SetNames => "set_names",
            Operation::Move => "move",
            Operation::SetHousenumber => "set_housenumber",
            Operation::SetCategory => "set_category",
            Operation::SetAttributes => "set_attributes",
            Operation::SetAddress => "set_address",
            Operation::AddSynonym => "add_synonym",
            Operation::Merge => "merge",
            Operation::Split => "split",
            Operation::Delete => "delete",
            Operation::Hide => "hide",
        }
    }

    /// Whether it gives fields of its target new values: such edits are compared field by field with upstream.
    pub fn sets_fields(self) -> bool {
        matches!(
            self,
            Operation::SetNames
                | Operation::Move
                | Operation::SetHousenumber
                | Operation::SetCategory
                | Operation::SetAttributes
                | Operation::SetAddress
        )
    }

    /// Whether it makes something that was not there: such edits have no target but the street of new houses.
    pub fn creates(self) -> bool {
        matches!(
            self,
            Operation::CreatePlace | Operation::CreateStreet | Operation::CreateHouses
        )
    }

    /// Whether it takes its target away.
    pub fn removes(self) -> bool {
        matches!(self, Operation::Merge | Operation::Delete | Operation::Hide)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Operation {
    type Err = String;

    fn from_str(text: &str) -> Result<Operation, String> {
        let found = Operation::ALL.into_iter().find(|o| o.as_str() == text);
        found.ok_or_else(|| {
            let all: Vec<&str> = Operation::ALL.iter().map(|o| o.as_str()).collect();
            format!("expected one of {}, got `{text}`", all.join(", "))
        })
    }
}
