//! A folder that is enrolled as another edge: a machine that moves to another store.

use std::path::Path;

use qitao_domain::ids::{LineId, Seq, TaskId};
use qitao_domain::protocol::TaskEntry;
use qitao_domain::quantity::Quantity;
use qitao_domain::work::LineShare;
use qitao_edge_agent::Agent;

use crate::core_keeps::{count, put_away, scan};
use crate::support::enrolled;

async fn start(folder: &Path, edge: &str) -> Agent {
    Agent::build(enrolled(folder, edge)).await.unwrap()
}

async fn end(agent: Agent) {
    agent.workplace().core.outbox().close().await;
}

fn shares() -> Vec<LineShare> {
    vec![LineShare { line: LineId(11), done: Quantity::ONE, short: Quantity::ZERO, lots: vec![] }]
}

#[tokio::test]
async fn a_folder_that_becomes_another_edges_lets_the_tasks_go_and_keeps_what_was_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let agent = start(folder.path(), "edge-1").await;
    let core = &agent.workplace().core;
    let begun = TaskEntry::Released { task: put_away(1), own: shares(), others: vec![] };
    core.take_tasks(1, vec![begun, TaskEntry::released(count(2))]).await.unwrap();
    scan(core, "a", "QT-OP-007").await;
    end(agent).await;

    let agent = start(folder.path(), "edge-1").await;
    let core = &agent.workplace().core;
    assert_eq!((core.open_tasks().len(), core.tasks_through()), (2, 2), "the same edge goes on");
    end(agent).await;

    let agent = start(folder.path(), "edge-2").await;
    let core = &agent.workplace().core;
    assert_eq!((core.open_tasks().len(), core.tasks_through()), (0, 0), "the other's log begins anew");
    assert_eq!(core.outbox().position().next_seq, Seq(2), "the fact is still there to be sent");
    assert!(core.station(&"a".parse().unwrap()).is_some());
    let theirs = TaskEntry::Released { task: put_away(1), own: vec![], others: shares() };
    core.take_tasks(1, vec![theirs]).await.unwrap();
    let progress = core.task(TaskId(1)).unwrap();
    assert!(progress.done.is_empty() && progress.others == shares(), "what was done is not there twice: {progress:?}");
    end(agent).await;

    let agent = start(folder.path(), "edge-2").await;
    assert_eq!(agent.workplace().core.tasks_through(), 1, "and is its own from then on");
    end(agent).await;
}
