"""A provider process in the form that the engine attaches to: a gRPC server over a table of resource types."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from . import schema
from .equivalence import as_written
from .journal import JournalEntry, Recorder
from .resource_type import Function, Properties, ProviderError, Resource, UnfinishedError
from .urn import type_of
from .wire import UNKNOWN, kind, plain, replace, struct, unfinished

THREADS = 32
"""Threads of a server: one for each resource that the engine creates at once, and some for look-ups."""


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """The gRPC service of one package: its resource types and look-ups."""

    refusals: tuple[type[Exception], ...] = (ProviderError,)
    """Errors that are reported to the author of the program."""

    def __init__(
        self,
        package: str,
        resources: Iterable[Resource],
        functions: Mapping[str, Function],
        journal: Recorder | None = None,
    ) -> None:
        self.package = package
        self.resources = {resource.engine_type: resource for resource in resources}
        self.functions = functions
        self.journal = journal
        self._sessions: dict[str, Any] = {}

    def configure(self, settings: Properties) -> Any:
        """The session that is passed to every resource type, from the provider's configuration."""
        return None

    def settings(self, session: Any) -> Properties:
        """The configuration from which `configure` creates the same session."""
        return {}

    def narrow(self, session: Any, properties: Properties) -> Any:
        """The session for one resource, whose properties may set a region."""
        return session

    def words(self, error: Exception) -> str:
        """The message of an error, as the engine shows it."""
        return str(error)

    def gone(self, error: Exception) -> bool:
        """Whether an error means that the resource no longer exists."""
        return False

    def serve(self) -> tuple[grpc.Server, int]:
        """Listen on a free port of the loopback interface. The value is the server and its port."""
        unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        server = grpc.server(ThreadPoolExecutor(max_workers=THREADS), options=unlimited)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(self, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        return server, port

    def remove(self, entry: JournalEntry, known: Collection[tuple[str, str]]) -> int:
        """Delete the resources of an entry; how many were deleted.

        Those in `known`, as type and id, stay, and those that the next creation takes over.
        """
        kind, properties = type_of(entry.urn), entry.properties
        resource = self.resources[kind]
        if resource.takes_over:
            return 0
        session = self.narrow(self.configure(entry.settings), properties)
        made = [entry.id] if entry.id else self._unless_gone(resource.alike, session, properties)
        strays = [
            identity
            for identity in made or ()
            if (kind, identity) not in known
            and self._unless_gone(resource.read, session, identity, properties) is not None
        ]
        for identity in strays:
            self._unless_gone(resource.delete, session, identity, properties)
        return len(strays)

    def Attach(self, request, context):
        return Empty()

    def Handshake(self, request, context):
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request, context):
        # The stand-in reports the version of the SDK that the program uses.
        try:
            return plugin_pb2.PluginInfo(version=version(f"pulumi-{self.package}"))
        except PackageNotFoundError:
            return plugin_pb2.PluginInfo()

    def Cancel(self, request, context):
        # Operations here take milliseconds, so they are not cancelled.
        return Empty()

    def CheckConfig(self, request, context):
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request, context):
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request, context):
        values, _ = plain(request.args)
        # Each provider resource of the program opens a connection of its own to this process.
        # So the connection of a later request identifies its configuration.
        with self._refusals(context):
            self._sessions[context.peer()] = self.configure(values)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request, context):
        resource = self._resource(request.urn, context)
        response = provider_pb2.CheckResponse(inputs=request.news)
        inputs, _ = plain(request.news)
        if resource.autoname and inputs.get(resource.autoname) is None:
            old = plain(request.olds)[0] if request.HasField("olds") else {}
            name = old.get(resource.autoname) or automatic_name(resource, request)
            response.inputs.update({resource.autoname: name, "__defaults": [resource.autoname]})
            inputs[resource.autoname] = name
        for fault in resource.faults(inputs):
            response.failures.add(property="", reason=f"{fault.path} {fault.reason}")
        return response

    def Diff(self, request, context):
        resource = self._resource(request.urn, context)
        after, _ = plain(request.news)
        outputs, _ = plain(request.olds)
        unasked = resource.unasked(outputs, after)
        before = plain(request.old_inputs)[0] | unasked
        after |= {name: resource.defaults[name] for name in unasked.keys() & resource.defaults}
        derived = resource.derived(self._session(context, after), after)
        changed = [n for n in sorted(before.keys() | after.keys()) if before.get(n) != after.get(n)]
        changed = [n for n in changed if n != "__defaults" and n not in request.ignoreChanges]
        drifted = [n for n, value in derived.items() if outputs.get(n) != value]
        due = sorted(resource.due(after, outputs))
        response = provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME
            if changed or drifted or due
            else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=changed,
            hasDetailedDiff=True,
        )
        replaced = resource.replaced_by(before, after, [*changed, *drifted])
        response.replaces.extend([*sorted(replaced), *due])
        for name in changed:
            replace = name in replaced
            response.detailedDiff[name].kind = kind(name in before, name in after, replace)
            response.detailedDiff[name].inputDiff = True
        for name in drifted:
            response.detailedDiff[name].kind = provider_pb2.PropertyDiff.UPDATE
        for name in due:
            response.detailedDiff[name].kind = provider_pb2.PropertyDiff.UPDATE_REPLACE
        # Two resources cannot have one name at the same time, unless the name was generated.
        response.deleteBeforeReplace = bool(
            resource.autoname and resource.autoname not in after.get("__defaults", ())
        )
        return response

    def Create(self, request, context):
        resource = self._resource(request.urn, context)
        inputs, secrets = plain(request.properties)
        inputs.pop("__defaults", None)
        session = self._session(context, inputs)
        outputs = resource.defaults | inputs | resource.derived(session, inputs)
        identity = ""
        if request.preview:
            outputs |= dict.fromkeys(resource.computed - inputs.keys(), UNKNOWN)
        else:
            record = self._recorder(request.urn, session, secrets | resource.secrets)
            # A run that is killed before AWS answers leaves only this entry.
            record("", outputs)
            with self._refusals(context):
                try:
                    identity, computed = resource.create(session, inputs)
                except UnfinishedError as error:
                    identity, outputs = error.made.id, error.made.outputs | outputs
                    record(identity, outputs)
                    unfinished(context, identity, struct(outputs, secrets), str(error))
                except self.refusals:
                    # The conflicting resource is older than this run, so the entry must not lead to its deletion.
                    record(None, outputs)
                    raise
            outputs = computed | outputs
            record(identity, outputs)
        return provider_pb2.CreateResponse(
            id=identity, properties=struct(outputs, secrets | resource.secrets & outputs.keys())
        )

    def _recorder(
        self, urn: str, session: Any, hidden: Collection[str]
    ) -> Callable[[str | None, Properties], None]:
        def record(identity: str | None, outputs: Properties) -> None:
            if self.journal:
                shown = {name: value for name, value in outputs.items() if name not in hidden}
                entry = JournalEntry(self.package, self.settings(session), urn, identity, shown)
                self.journal.record(entry)

        return record

    def Read(self, request, context):
        resource = self._resource(request.urn, context)
        properties, secrets = plain(request.properties)
        session = self._session(context, properties)
        with self._refusals(context):
            found = self._unless_gone(resource.read, session, request.id, properties)
        if found is None:
            return provider_pb2.ReadResponse()
        outputs = properties | _as_written(properties, found)
        outputs = {name: value for name, value in outputs.items() if value is not None}
        hidden = secrets | resource.secrets & outputs.keys()
        inputs = request.inputs if properties else struct(resource.imported(outputs), hidden)
        replace(inputs, _as_written(plain(inputs)[0], found), hidden)
        return provider_pb2.ReadResponse(
            id=request.id, properties=struct(outputs, hidden), inputs=inputs
        )

    def Update(self, request, context):
        resource = self._resource(request.urn, context)
        old, _ = plain(request.olds)
        new, secrets = plain(request.news)
        new.pop("__defaults", None)
        new |= {n: v for n, v in resource.unasked(old, new).items() if n in request.ignoreChanges}
        session = self._session(context, new)
        kept = {name: old[name] for name in resource.computed if name in old}
        outputs = resource.defaults | new | resource.derived(session, new)
        if request.preview:
            outputs = kept | outputs | dict.fromkeys(resource.moves(old, new), UNKNOWN)
        else:
            with self._refusals(context):
                wanted = resource.defaults | new
                try:
                    outputs = kept | resource.update(session, request.id, old, wanted) | outputs
                except UnfinishedError as error:
                    outputs = kept | error.made.outputs | outputs
                    unfinished(context, request.id, struct(outputs, secrets), str(error))
        return provider_pb2.UpdateResponse(
            properties=struct(outputs, secrets | resource.secrets & outputs.keys())
        )

    def Delete(self, request, context):
        resource = self._resource(request.urn, context)
        properties, _ = plain(request.properties)
        session = self._session(context, properties)
        with self._refusals(context):
            self._unless_gone(resource.delete, session, request.id, properties)
        return Empty()

    def Invoke(self, request, context):
        function = self.functions.get(request.tok)
        if function is None:
            context.abort(
                grpc.StatusCode.UNIMPLEMENTED,
                f"the rehearsal has no stand-in for the function {request.tok}; "
                f"it would go into the table of functions of rehearsal/providers/{self.package}",
            )
        args, secrets = plain(request.args)
        response = provider_pb2.InvokeResponse()
        for fault in schema.function_faults(request.tok, args):
            response.failures.add(property=fault.path, reason=fault.reason)
        if response.failures:
            return response
        with self._refusals(context):
            found = function.look_up(self._session(context, args), args)
        getattr(response, "return").CopyFrom(struct(found, found if secrets else function.secrets))
        return response

    def _resource(self, urn: str, context: Any) -> Resource:
        token = type_of(urn)
        if token not in self.resources:
            context.abort(
                grpc.StatusCode.UNIMPLEMENTED,
                f"the rehearsal has no stand-in for the resource type {token}; "
                f"it would go into the table of resources of rehearsal/providers/{self.package}",
            )
        return self.resources[token]

    def _session(self, context: Any, properties: Properties) -> Any:
        return self.narrow(self._sessions.get(context.peer()), properties)

    def _unless_gone(self, action: Callable[..., Any], *args: Any) -> Any:
        try:
            return action(*args)
        except self.refusals as error:
            if not self.gone(error):
                raise
            return None

    @contextmanager
    def _refusals(self, context: Any) -> Iterator[None]:
        """Report a refusal to the engine as the error of the gRPC call."""
        try:
            yield
        except self.refusals as error:
            context.abort(grpc.StatusCode.UNKNOWN, self.words(error))


def _as_written(written: Properties, found: Properties) -> Properties:
    return {name: as_written(written.get(name), value, name) for name, value in found.items()}


def automatic_name(resource: Resource, request: Any) -> str:
    """The resource's name with a random suffix of seven characters, as the real provider generates it."""
    rest = hashlib.sha256(request.randomSeed).hexdigest()[:7]
    name = request.name.lower() if resource.autoname_in_small_letters else request.name
    return f"{name[: resource.name_limit - 8]}-{rest}"
