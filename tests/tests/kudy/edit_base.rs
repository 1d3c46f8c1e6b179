//! Edits in the address base: the same tests on SQLite and on PostgreSQL.
//!
//! 1. What an author said comes back as it was said, and is listed by what is asked for.
//! 2. Those in force come in the order of their approval, which is the order in which they are applied.
//! 3. What is repeated under a key is done once; a batch is added whole or not at all.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use geodata::base::{BaseError, EditFilter, EditState, NewEdit, Role};
use tests::{NOW_MS, TestBase, change, on_both, rename};

on_both!(
    an_edit_comes_back_as_it_was_said,
    edits_in_force_come_in_the_order_of_their_approval,
    an_edit_with_a_known_key_is_not_added_again,
    a_batch_is_added_whole_or_not_at_all,
    edits_are_listed_by_what_is_asked,
);

async fn an_edit_comes_back_as_it_was_said(test: &TestBase) {
    let base = &test.base;
    let author = test.token("Olena", Role::Cartographer).await;
    let said = NewEdit {
        key: Some("k1".to_owned()),
        ..rename(author, "abc", "вулиця Нова \u{1F980} \"'\\")
    };
    let added = base
        .add_edit(&said, EditState::Submitted, NOW_MS + 5)
        .await
        .unwrap();
    let edit = base.edit(added.id).await.unwrap();
    assert_eq!(edit.said, said);
    assert_eq!(
        (edit.state, edit.created_ms, edit.in_force),
        (EditState::Submitted, NOW_MS + 5, None)
    );

    let creates = NewEdit {
        target: None,
        evidence: vec![],
        ..rename(author, "", "x")
    };
    let added = base
        .add_edit(&creates, EditState::Draft, NOW_MS)
        .await
        .unwrap();
    assert_eq!(base.edit(added.id).await.unwrap().said, creates);

    let missing = base.edit(4711).await.unwrap_err();
    assert_eq!(missing.to_string(), "there is no edit 4711");
    let nobody = base
        .add_edit(&rename(4711, "abc", "x"), EditState::Draft, NOW_MS)
        .await
        .unwrap_err();
    assert!(matches!(nobody, BaseError::NotFound { .. }), "{nobody}");
}

async fn edits_in_force_come_in_the_order_of_their_approval(test: &TestBase) {
    let base = &test.base;
    let author = test.token("Olena", Role::Reviewer).await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let edit = rename(author, name, name);
        ids.push(
            base.add_edit(&edit, EditState::Submitted, NOW_MS)
                .await
                .unwrap()
                .id,
        );
    }
    let submitted = [EditState::Submitted];
    for index in [2, 0, 3, 1] {
        base.change_edit(&change(ids[index], &submitted, EditState::Approved), NOW_MS)
            .await
            .unwrap();
    }
    let approved = [EditState::Approved];
    base.change_edit(&change(ids[2], &approved, EditState::Conflicted), NOW_MS)
        .await
        .unwrap();
    base.change_edit(&change(ids[3], &approved, EditState::Reverted), NOW_MS)
        .await
        .unwrap();
    let now = base.in_force().await.unwrap();
    let order: Vec<i64> = now.edits.iter().map(|e| e.id).collect();
    assert_eq!(
        order,
        [ids[2], ids[0], ids[1]],
        "a conflicted one keeps its place"
    );
    assert_eq!(now.as_of, base.last_change().await.unwrap());
    let first = now.edits[0].in_force.unwrap();
    assert_eq!(base.in_force_since(first, 1).await.unwrap()[0].1.id, ids[0]);

    let at_once = base
        .add_edit(&rename(author, "e", "e"), EditState::Approved, NOW_MS)
        .await
        .unwrap();
    let changes = base.changes_since(now.as_of, 100).await.unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!(
        (changes[0].edit.id, changes[0].entry.to.as_str()),
        (at_once.id, "approved")
    );
    assert_eq!(
        base.in_force().await.unwrap().edits.last().unwrap().id,
        at_once.id
    );
}

async fn an_edit_with_a_known_key_is_not_added_again(test: &TestBase) {
    let base = &test.base;
    let author = test.token("Import", Role::Importer).await;
    let other = test.token("Other", Role::Importer).await;
    let keyed = |author, name| NewEdit {
        key: Some("row 7".to_owned()),
        ..rename(author, "abc", name)
    };
    let first = base
        .add_edit(&keyed(author, "x"), EditState::Submitted, NOW_MS)
        .await
        .unwrap();
    let again = base
        .add_edit(&keyed(author, "x"), EditState::Submitted, NOW_MS + 9)
        .await
        .unwrap();
    assert_eq!(
        (first.id, first.repeated, again.repeated),
        (again.id, false, true)
    );
    let differs = base
        .add_edit(&keyed(author, "y"), EditState::Submitted, NOW_MS)
        .await
        .unwrap_err();
    assert!(matches!(differs, BaseError::KeyReused(_)), "{differs}");
    let theirs = base
        .add_edit(&keyed(other, "y"), EditState::Submitted, NOW_MS)
        .await
        .unwrap();
    assert_ne!(theirs.id, first.id, "keys belong to their author");
    assert_eq!(base.last_change().await.unwrap(), theirs.id);
}

async fn a_batch_is_added_whole_or_not_at_all(test: &TestBase) {
    let base = &test.base;
    let author = test.token("Import", Role::Importer).await;
    let mut edits: Vec<NewEdit> = (0..500)
        .map(|n| rename(author, "abc", &format!("n{n}")))
        .collect();
    let added = base
        .add_edits(&edits, EditState::Submitted, NOW_MS)
        .await
        .unwrap();
    let ids: Vec<i64> = added.iter().map(|a| a.id).collect();
    assert_eq!(ids, (author + 1..=author + 500).collect::<Vec<i64>>());
    edits[499].author = 4711;
    base.add_edits(&edits, EditState::Submitted, NOW_MS)
        .await
        .unwrap_err();
    assert_eq!(base.last_change().await.unwrap(), author + 500);
}

async fn edits_are_listed_by_what_is_asked(test: &TestBase) {
    let base = &test.base;
    let (one, two) = (
        test.token("One", Role::Cartographer).await,
        test.token("Two", Role::Reviewer).await,
    );
    let mut ids = Vec::new();
    for (author, target, state) in [
        (one, "a", EditState::Draft),
        (one, "b", EditState::Submitted),
        (two, "a", EditState::Submitted),
        (two, "b", EditState::Approved),
    ] {
        let edit = rename(author, target, "x");
        ids.push(base.add_edit(&edit, state, NOW_MS).await.unwrap().id);
    }
    let listed = async |filter: EditFilter, limit: i64| -> Vec<usize> {
        let edits = base.edits(&filter, limit).await.unwrap();
        edits
            .iter()
            .map(|e| ids.iter().position(|i| *i == e.id).unwrap())
            .collect()
    };
    let all = EditFilter::default();
    assert_eq!(listed(all.clone(), 10).await, [0, 1, 2, 3]);
    assert_eq!(listed(all.clone(), 2).await, [0, 1]);
    assert_eq!(
        listed(
            EditFilter {
                after: Some(ids[1]),
                ..all.clone()
            },
            10
        )
        .await,
        [2, 3]
    );
    let submitted = EditFilter {
        state: Some(EditState::Submitted),
        ..all.clone()
    };
    assert_eq!(listed(submitted.clone(), 10).await, [1, 2]);
    assert_eq!(
        listed(
            EditFilter {
                author: Some(one),
                ..submitted
            },
            10
        )
        .await,
        [1]
    );
    assert_eq!(
        listed(
            EditFilter {
                target: Some("a".to_owned()),
                ..all
            },
            10
        )
        .await,
        [0, 2]
    );
}
