/* The part of Node-API (version 8, stable across Node versions) that the addon uses, so that it builds without Node's headers.
   Source: https://nodejs.org/api/n-api.html. */
#ifndef MARLIN_NODE_API_H
#define MARLIN_NODE_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_callback_info__ *napi_callback_info;
typedef int napi_status;
typedef int napi_typedarray_type;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);
typedef void (*napi_finalize)(napi_env, void *data, void *hint);

napi_status napi_get_cb_info(napi_env, napi_callback_info, size_t *count, napi_value *values, napi_value *self, void **data);
napi_status napi_get_value_double(napi_env, napi_value, double *);
napi_status napi_get_value_int64(napi_env, napi_value, int64_t *);
napi_status napi_get_typedarray_info(napi_env, napi_value, napi_typedarray_type *, size_t *length, void **data, napi_value *buffer,
                                     size_t *offset);
napi_status napi_create_function(napi_env, const char *name, size_t length, napi_callback, void *data, napi_value *);
napi_status napi_create_object(napi_env, napi_value *);
napi_status napi_create_double(napi_env, double, napi_value *);
napi_status napi_create_string_utf8(napi_env, const char *, size_t length, napi_value *);
napi_status napi_set_named_property(napi_env, napi_value object, const char *name, napi_value);
napi_status napi_add_finalizer(napi_env, napi_value object, void *data, napi_finalize, void *hint, void *reference);
napi_status napi_throw_error(napi_env, const char *code, const char *message);

#endif
