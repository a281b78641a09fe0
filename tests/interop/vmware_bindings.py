"""VMware's Python bindings over HTTP, in both flavours of the REST API.

The packages speak JSON-RPC by default; their connector "rest" speaks what the daemon speaks. It knows
the format of /rest (`bare` false: wrapped bodies, maps as lists of entries) and the plain one of /api,
which it calls the Swagger format (`bare` true). Serializing, validating and reading is all theirs. The
routes of their `…$task` variants are not in the packages, so those are given here as the API's
documentation has them.
"""
import copy
import re

import requests
from vmware.vapi.bindings.converter import RestConverter, TypeConverter
from vmware.vapi.lib.connect import get_requests_connector
from vmware.vapi.lib.rest import OperationRestMetadata
from vmware.vapi.security.client.security_context_filter import LegacySecurityContextFilter
from vmware.vapi.security.session import create_session_security_context
from vmware.vapi.security.user_password import create_user_password_security_context
from vmware.vapi.stdlib.client.factories import StubConfigurationFactory


class Bindings:
    """Makes the packages' services for one server; the token of a session, or a user, goes along."""

    def __init__(self, url, bare, user=None, password=None, token=None):
        self.url = url
        self.bare = bare
        self.headers = {}
        self.context = None
        if user:
            self.context = create_user_password_security_context(user, password)
        elif bare:
            # Their session context is for /rest alone; the header is the same.
            self.headers["vmware-api-session-id"] = token
        else:
            self.context = create_session_security_context(token)

    def service(self, kind, **routes):
        """A service of the packages, each on a connection of its own; routes are added to its own."""
        session = requests.Session()
        session.headers.update(self.headers)
        chain = [LegacySecurityContextFilter(security_context=self.context)] if self.context else None
        connector = get_requests_connector(session=session, msg_protocol="rest", url=self.url,
                                           provider_filter_chain=chain, timeout=30)
        made = kind(StubConfigurationFactory.new_std_configuration(connector))
        stub, provider = made._api_interface, _http_provider(made)
        if self.bare:
            stub._is_vapi_rest = False
            stub._rest_converter_mode = RestConverter.SWAGGER_REST
            provider.set_rest_format(False)
        for operation, route in routes.items():
            metadata = route(stub._rest_metadata) if callable(route) else copy.copy(route)
            operation = operation.replace("_task", "$task")
            stub._rest_metadata[operation] = metadata
            provider.add_rest_metadata(stub.get_identifier().get_name(), operation, metadata)
        if self.bare:
            for metadata in stub._rest_metadata.values():
                metadata.use_status_to_std_err_map = False  # shows the error as the server gave it
        return made


def _http_provider(service):
    provider = service._api_interface._api_provider
    while hasattr(provider, "get_api_provider"):
        provider = provider.get_api_provider()
    return provider


def route(method, path, body=None):
    """A route that the packages do not have, or not as the server documents it."""
    variables = {name: name for name in re.findall(r"{(\w+)}", path)}
    return OperationRestMetadata(method, path, request_body_parameter=body, path_variables=variables)


def as_task(operation):
    """The route of the packages' own operation, started as a task."""
    def extend(known):
        metadata = copy.copy(known[operation])
        metadata._url_template += "&vmw-task=true"
        return metadata
    return extend


def read_error(given, kind):
    """A task's error, which the packages leave as it came, as their class for it."""
    return TypeConverter.convert_to_python(given.get_struct_value(), kind.get_binding_type(), None,
                                           RestConverter.SWAGGER_REST)
