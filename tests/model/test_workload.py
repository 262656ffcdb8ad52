"""What a control group's path says of whose processes are in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.model.workload import workload

ID = "3f2a61e0c8d4" + "0" * 52


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/", "/"),
        ("", "/"),
        ("/init.scope", "init.scope"),
        ("/system.slice/sshd.service", "sshd.service"),
        ("/system.slice/ssh.service/child", "ssh.service"),
        ("/user.slice/user-1000.slice/session-3.scope", "session-3.scope"),
        (
            "/user.slice/user-1000.slice/user@1000.service/app.slice/app-org.kde.kate-7.scope",
            "app-org.kde.kate-7.scope",
        ),
        (f"/docker/{ID}", "docker:3f2a61e0c8d4"),
        (f"/system.slice/docker-{ID}.scope", "docker:3f2a61e0c8d4"),
        (f"/system.slice/docker-{ID}.scope/init", "docker:3f2a61e0c8d4"),
        (f"/machine.slice/libpod-{ID}.scope/container", "podman:3f2a61e0c8d4"),
        (
            f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1a_2b.slice/cri-containerd-{ID}.scope",
            "k8s:3f2a61e0c8d4",
        ),
        (f"/kubepods/besteffort/pod9c1d/{ID}", "k8s:3f2a61e0c8d4"),
        (f"/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:{ID}", "k8s:3f2a61e0c8d4"),
        (f"/ecs/task/{ID}", "container:3f2a61e0c8d4"),
        ("/lxc.payload.web", "lxc:web"),
        ("/lxc/web/system.slice/cron.service", "lxc:web"),
        ("/machine.slice/systemd-nspawn@debian\\x2d12.service/payload", "nspawn:debian-12"),
        ("/system.slice/dev-disk-by\\x2dlabel.swap", "dev-disk-by-label.swap"),
        ("/some/thing/else", "/some/thing/else"),
    ],
)
def test_the_innermost_that_has_a_name_is_shown(path, shown):
    assert workload(path) == shown


@given(st.text(max_size=200))
def test_any_path_has_a_name(path):
    assert workload(path)
