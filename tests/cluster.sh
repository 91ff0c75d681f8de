# What tests/kind/run and tests/k3s/run share. Callers set KUBECTL, each_node, conflist and executable.

image=transparent-cni:0.1.0
# Any image with a shell, ping and a file server will do for pods.
pod_image=${POD_IMAGE:-busybox:1.36}
# An address outside the cluster that answers ping.
outside=${OUTSIDE:-192.0.2.1}

require() {
  missing=""
  for program in "$@"; do
    command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
  done
  [ -n "$missing" ] || return 0
  echo "NOT RUN: this machine lacks$missing" >&2
  exit 75
}

check() {
  what=$1
  shift
  for _ in $(seq 60); do
    if "$@" >/dev/null 2>&1; then
      echo "ok: $what"
      return 0
    fi
    sleep 1
  done
  echo "FAILED: $what" >&2
  exit 1
}

pod() {
  $KUBECTL run "$1" --image="$pod_image" --restart=Never --annotations="$2" ${3:+--annotations="$3"} \
    --overrides='{"spec":{"terminationGracePeriodSeconds":0}}' --command -- sleep 1000000
  $KUBECTL wait --for=condition=Ready "pod/$1" --timeout=120s
}

count() { $KUBECTL exec proxy -- cat /sys/class/net/eth0/statistics/rx_packets; }

crosses() {
  before=$(count)
  $KUBECTL exec client -- ping -c 20 -i 0.1 -W 2 "$outside" || return 1
  [ $(($(count) - before)) -ge 20 ]
}

# Installs, tries, writes the runtime's file anew, uninstalls.
scenario() {
  $KUBECTL apply -f "cni-conf/$1/install.yaml"
  $KUBECTL -n kube-system rollout status daemonset/tproxy-install --timeout=180s
  check "the entry is in every node's chain" each_node grep -q '"tproxy"' "$conflist"
  check "the executable answers on every node" each_node env CNI_COMMAND=VERSION "$executable"

  pod proxy tproxy.role=proxy tproxy.pool=web
  pod client tproxy.role=client tproxy.via=web
  check "the client's traffic crosses the proxy" crosses
  check "cluster DNS is reached directly" $KUBECTL exec client -- nslookup kubernetes.default.svc.cluster.local

  each_node cp "$conflist.before-tproxy" "$conflist"
  check "the entry is back after the file was written anew" each_node grep -q '"tproxy"' "$conflist"

  $KUBECTL delete -f "cni-conf/$1/install.yaml"
  $KUBECTL apply -f "cni-conf/$1/uninstall.yaml"
  check "the entry is gone" each_node sh -c "! grep -q '\"tproxy\"' $conflist"
  $KUBECTL delete pod client proxy --wait=true --timeout=60s
  $KUBECTL delete -f "cni-conf/$1/uninstall.yaml"
  echo "passed: $1"
}
