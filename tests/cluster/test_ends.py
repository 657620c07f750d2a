"""Why a pod ended, from what Kubernetes 1.36 writes on it."""

from __future__ import annotations

from typing import Any

import pytest

from maia_hub.cluster.ends import Cause, ended, ending, plain, why


def pod(phase: str = "Running", **status: Any) -> dict[str, Any]:
    metadata = {"name": "jupyter-ann", **status.pop("metadata", {})}
    containers = [
        {"name": "notebook", "resources": {"limits": {"memory": "2Gi"}}},
        {"name": "extra"},
    ]
    return {
        "metadata": metadata,
        "spec": {"containers": containers, "restartPolicy": "Never"},
        "status": {"phase": phase, **status},
    }


def died(name: str = "notebook", **state: Any) -> dict[str, Any]:
    state = {"exitCode": 137, "reason": "Error", "finishedAt": "2026-03-02T09:00:10Z", **state}
    return {"name": name, "state": {"terminated": state}}


def disrupted(reason: str) -> list[dict[str, str]]:
    return [
        {"type": "Ready", "status": "False", "reason": "ContainersNotReady"},
        {"type": "DisruptionTarget", "status": "True", "reason": reason},
    ]


def removed(at: str, grace: int = 0) -> dict[str, Any]:
    return {"deletionTimestamp": at, "deletionGracePeriodSeconds": grace}


FORCED = [died(exitCode=143)]
ENDS = [
    pytest.param(
        pod("Failed", reason="DeadlineExceeded", containerStatuses=FORCED), Cause.DEADLINE, id="deadline"
    ),
    pytest.param(
        pod("Failed", containerStatuses=[died(reason="OOMKilled")]), Cause.OUT_OF_MEMORY, id="memory"
    ),
    pytest.param(
        pod("Failed", containerStatuses=[died("extra", reason="OOMKilled"), died(exitCode=1)]),
        Cause.OUT_OF_MEMORY,
        id="memory of a side container",
    ),
    pytest.param(
        pod("Failed", conditions=disrupted("PreemptionByScheduler"), containerStatuses=FORCED),
        Cause.PREEMPTED,
        id="preempted",
    ),
    pytest.param(
        pod(conditions=disrupted("PreemptionByScheduler"), metadata=removed("2026-03-02T09:00:30Z", 30)),
        Cause.PREEMPTED,
        id="preempted and still running",
    ),
    pytest.param(
        pod(conditions=disrupted("EvictionByEvictionAPI"), metadata=removed("2026-03-02T09:00:30Z", 30)),
        Cause.DRAINED,
        id="drained",
    ),
    pytest.param(pod(conditions=disrupted("DeletionByTaintManager")), Cause.NODE_LOST, id="tainted"),
    pytest.param(
        pod("Failed", conditions=disrupted("DeletionByPodGC")), Cause.NODE_LOST, id="node is no more"
    ),
    pytest.param(
        pod("Failed", reason="Evicted", conditions=disrupted("TerminationByKubelet")),
        Cause.EVICTED,
        id="node short of something",
    ),
    pytest.param(
        pod("Failed", reason="Terminated", conditions=disrupted("TerminationByKubelet")),
        Cause.NODE_SHUTDOWN,
        id="node shut down",
    ),
    pytest.param(
        pod("Failed", reason="Preempting", conditions=disrupted("TerminationByKubelet")),
        Cause.EVICTED,
        id="for the node's own pod",
    ),
    pytest.param(pod("Failed", reason="OutOfcpu"), Cause.REJECTED, id="no CPU left"),
    pytest.param(pod("Failed", reason="OutOfnvidia.com/gpu"), Cause.REJECTED, id="no GPU left"),
    pytest.param(pod("Failed", reason="UnexpectedAdmissionError"), Cause.REJECTED, id="device plugin"),
    pytest.param(pod("Failed", reason="NodeAffinity"), Cause.REJECTED, id="node relabelled"),
    pytest.param(
        pod("Failed", containerStatuses=[died(reason="StartError", exitCode=128)]),
        Cause.NOT_STARTED,
        id="no such program",
    ),
    pytest.param(pod("Failed", containerStatuses=[died(exitCode=1)]), Cause.FAILED, id="an error"),
    pytest.param(pod("Failed"), Cause.FAILED, id="failed without a word"),
    pytest.param(pod(containerStatuses=[died(exitCode=1)]), Cause.FAILED, id="an error, just now"),
    pytest.param(
        pod("Succeeded", containerStatuses=[died(exitCode=0, reason="Completed")]),
        Cause.FINISHED,
        id="finished",
    ),
    pytest.param(
        pod(containerStatuses=FORCED, metadata=removed("2026-03-02T09:00:39Z", 30)),
        Cause.DELETED,
        id="deleted, then killed",
    ),
    pytest.param(pod("Pending", metadata=removed("2026-03-02T09:00:00Z")), Cause.DELETED, id="never began"),
    pytest.param(
        pod("Failed", containerStatuses=[died(reason="OOMKilled")], metadata=removed("2026-03-02T09:00:15Z")),
        Cause.OUT_OF_MEMORY,
        id="out of memory, deleted later",
    ),
    pytest.param(
        pod("Failed", containerStatuses=[died(exitCode=1)], metadata=removed("2026-03-02T09:00:42Z", 30)),
        Cause.FAILED,
        id="failed, deleted later with time to end",
    ),
    pytest.param(pod(), Cause.VANISHED, id="no sign of an end"),
]


@pytest.mark.parametrize(("dead", "cause"), ENDS)
def test_what_stands_on_the_pod_tells_why_it_ended(dead: dict[str, Any], cause: Cause) -> None:
    end = why(dead)
    assert end.cause is cause
    assert end.text.endswith(".")
    assert "{" not in end.text


def test_a_condition_that_was_taken_back_means_nothing() -> None:
    conditions = [{"type": "DisruptionTarget", "status": "False", "reason": "PreemptionByScheduler"}]
    spared = pod("Failed", conditions=conditions, containerStatuses=[died(exitCode=3)])
    assert why(spared).cause is Cause.FAILED
    assert not ending(pod(conditions=conditions))


def test_the_sentence_names_what_the_user_can_act_upon() -> None:
    assert "(2Gi)" in why(pod("Failed", containerStatuses=[died(reason="OOMKilled")])).text
    failed = why(pod("Failed", containerStatuses=[died(exitCode=3)]))
    assert "exit code 3" in failed.text
    assert failed.exit_code == 3
    told = why(pod("Failed", reason="Evicted", message="The node was low on\nresource: memory. " + "x" * 999))
    assert "low on resource: memory." in told.text
    assert len(told.text) < 300


@pytest.mark.parametrize("cause", [Cause.DELETED, Cause.VANISHED])
def test_a_pod_of_which_nothing_is_known_has_an_end_in_words(cause: Cause) -> None:
    assert "{" not in plain(cause).text


def test_a_pod_that_has_to_go_is_ending_and_has_ended_only_once_nothing_runs() -> None:
    assert not ending(pod())
    assert ending(pod(metadata=removed("2026-03-02T09:00:30Z", 30)))
    assert ending(pod(conditions=disrupted("PreemptionByScheduler")))
    assert ending(pod(containerStatuses=[died(exitCode=3)]))
    assert not ending(pod(containerStatuses=[died("extra", exitCode=0)]))
    assert not ended(pod(containerStatuses=[died(exitCode=3)]))
    assert not ended(pod(metadata=removed("2026-03-02T09:00:30Z", 30)))
    assert ended(pod("Failed"))
    assert ended(pod("Succeeded"))


def test_a_container_that_is_started_again_is_no_end() -> None:
    again = pod(containerStatuses=[died(exitCode=3)])
    again["spec"]["restartPolicy"] = "OnFailure"
    assert not ending(again)
