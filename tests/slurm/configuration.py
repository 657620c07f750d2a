"""The text of the system's configuration files."""

from __future__ import annotations

import os
import pwd
import socket
from pathlib import Path

GPUS = 2
CPUS = 8
MEMORY = 20_000
"""MiB: what Slurm gives out, whatever the machine has (nothing is confined)."""
CREDENTIALS = 10
"""Seconds that a job's credential holds; a requeued job waits as long before it starts again."""
_ACCOUNTING = """\
slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={port}
AccountingStoragePass={folder}/munge.socket
AccountingStorageTRES=gres/gpu
AccountingStorageEnforce=associations"""


def slurm(folder: Path, ports: tuple[int, int], accounting: int | None, min_job_age: int) -> str:
    """Return slurm.conf: one node that is this machine, reachable on the loopback alone."""
    host = socket.gethostname().partition(".")[0]
    storage = "none" if accounting is None else _ACCOUNTING.format(port=accounting, folder=folder)
    return f"""\
ClusterName=maia
SlurmctldHost={host}(127.0.0.1)
SlurmUser={_me()}
SlurmdUser={_me()}
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire={CREDENTIALS}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=2
SlurmdParameters=config_overrides
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
GresTypes=gpu
AccountingStorageType=accounting_storage/{storage}
MailProg=/bin/true
ReturnToService=2
MinJobAge={min_job_age}
KillWait=2
OverTimeLimit=0
JobRequeue=1
NodeName={host} NodeAddr=127.0.0.1 CPUs={CPUS} CoresPerSocket={CPUS} RealMemory={MEMORY} Gres=gpu:fake:{GPUS}
PartitionName=main Nodes={host} Default=YES MaxTime=1-00:00:00 State=UP PriorityTier=10
PartitionName=spare Nodes={host} MaxTime=1-00:00:00 State=UP PriorityTier=1
"""


def gres(folder: Path) -> str:
    """Return gres.conf: GPUs that are files nobody computes with."""
    host = socket.gethostname().partition(".")[0]
    return f"AutoDetect=off\nNodeName={host} Name=gpu Type=fake File={folder}/fakegpu[0-{GPUS - 1}]\n"


def cgroup() -> str:
    """Return cgroup.conf: nothing is confined."""
    confined = "".join(f"Constrain{what}=no\n" for what in ("Cores", "Devices", "RAMSpace", "SwapSpace"))
    return f"CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n{confined}"


def slurmdbd(folder: Path, port: int) -> str:
    """Return slurmdbd.conf: accounts in a database of its own, reached by its socket."""
    return f"""\
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
DbdAddr=127.0.0.1
DbdHost=localhost
DbdPort={port}
SlurmUser={_me()}
LogFile={folder}/slurmdbd.log
PidFile={folder}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser={_me()}
StorageLoc=slurm
CommunicationParameters=NoInAddrAny
"""


def sshd(folder: Path, authorized: Path, port: int, environment: str, sftp: str) -> str:
    """Return sshd_config: keys alone, on the loopback alone."""
    return f"""\
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host_key
PidFile none
UsePAM no
StrictModes no
UseDNS no
AuthorizedKeysFile {authorized}/%u
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 100:30:200
Subsystem sftp {sftp}
SetEnv {environment}
LogLevel VERBOSE
"""


def _me() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name
