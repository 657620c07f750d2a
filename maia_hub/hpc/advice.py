"""What a person can do about what has become of a job, one sentence for each state and reason."""

from __future__ import annotations

from maia_hub.hpc.jobs import Job

STATES = {
    "TIMEOUT": "It ran out of time: ask for more, or let it save what it has before its end (signal) and go on "
    "from there.",
    "OUT_OF_MEMORY": "It needed more memory than it had asked for: ask for more, or work on smaller pieces.",
    "PREEMPTED": "A job with more right to the nodes took its place: submit it again, going on from what it saved.",
    "NODE_FAIL": "The machine that it ran on failed, not the job: submit it again.",
    "BOOT_FAIL": "The machine did not start, not the job's fault: submit it again.",
    "DEADLINE": "It could not have ended by its deadline: give it a later one or ask for less.",
    "FAILED": "Its command ended with an error: the end of its log says which.",
    "CANCELLED": "It was cancelled, by you or an administrator; if it was not you, ask the support of the system.",
    "REVOKED": "It runs on another cluster of the federation.",
    "SUSPENDED": "It was stopped for a while and goes on by itself.",
    "REQUEUED": "It was put back into the queue and starts again from its beginning, or from what it saved.",
    "REQUEUE_HOLD": "It was put back into the queue and is held: scontrol release lets it start.",
    "SPECIAL_EXIT": "It was put back into the queue and is held because of how it ended: see its log first.",
    "GONE": "The scheduler has forgotten it and it left no word of its end: see its log and its files.",
    "UNKNOWN": "Whether the system has taken it is being found out; it is not submitted twice.",
    "NOT_SUBMITTED": "The system has never seen it: submit it again.",
    "REFUSED": "The scheduler would not have it: change what it names and submit it again.",
}
"""By state, Slurm's own names and ours."""

REASONS = {
    "DependencyNeverSatisfied": "A job that it waits for ended otherwise than it asks for: it never starts. Cancel it, "
    "mend the other and submit both.",
    "Dependency": "It waits for another job.",
    "Priority": "Others are before it in the queue.",
    "Resources": "It is next, as soon as there is room.",
    "PartitionTimeLimit": "It asks for more time than its partition gives, and never starts: ask for less.",
    "PartitionNodeLimit": "It asks for more nodes than its partition gives: ask for fewer, or another partition.",
    "PartitionDown": "Its partition takes no jobs at present.",
    "PartitionInactive": "Its partition starts no jobs at present.",
    "ReqNodeNotAvail": "Nodes that it needs are down or reserved, often for maintenance: a shorter job may fit before.",
    "JobHeldUser": "It is held: scontrol release lets it start.",
    "JobHeldAdmin": "An administrator holds it: ask the support of the system.",
    "BeginTime": "It starts later, or has just been put back into the queue.",
    "JobArrayTaskLimit": "As many of its tasks run at once as it allows itself.",
    "InvalidAccount": "Its account may not be used here, or no longer: name another.",
    "InvalidQOS": "Its QOS does not exist or is not open to the account: name another.",
    "BadConstraints": "No node is as it asks for: change the constraint.",
    "Licenses": "It waits for a licence.",
    "Reservation": "It waits for its reservation to begin.",
    "NodeDown": "A node that it needs is down.",
    "launch failed requeued held": "It could not be started and is held: tell the support, or release it.",
}
"""By what Slurm says why a job waits."""

_LIMITS = {
    "Assoc": "The project, or you in it, has used up what it may at a time: it starts when other jobs end, or when "
    "the allocation is renewed.",
    "QOS": "The QOS allows no more at a time: it starts when other jobs end.",
    "MaxCpuPerAccount": "The account has used up its share for now.",
}


def advice(job: Job) -> str:
    """Return what can be done about a job, empty where nothing needs to be."""
    if job.state in {"PENDING", "REQUEUED"}:
        for reason, said in REASONS.items():
            if (
                reason == job.reason
                or job.reason.endswith(f"({reason})")
                or job.reason.startswith(f"{reason},")
            ):
                return said
        for beginning, said in _LIMITS.items():
            if job.reason.startswith(beginning):
                return said
    return STATES.get(job.state, "")
