"""Configurations of equipment"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('configurations',
    sa.Column('device', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('attempted_at', sa.Double(), nullable=False),
    sa.Column('succeeded_at', sa.Double(), nullable=True),
    sa.Column('problem', sa.String(), nullable=False),
    sa.Column('failing_since', sa.Double(), nullable=True),
    sa.Column('running', sa.String(), nullable=False),
    sa.Column('startup', sa.String(), nullable=False),
    sa.Column('with_secrets', sa.Boolean(), nullable=False),
    sa.Column('secrets', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.Double(), nullable=True),
    sa.Column('changed_by', sa.String(), nullable=False),
    sa.Column('changed_ticket', sa.String(), nullable=False),
    sa.Column('device_says', sa.String(), nullable=False),
    sa.Column('unsaved_since', sa.Double(), nullable=True),
    sa.Column('baseline', sa.String(), nullable=False),
    sa.Column('baseline_at', sa.Double(), nullable=True),
    sa.Column('baseline_by', sa.String(), nullable=False),
    sa.Column('drift', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('device', name=op.f('pk_configurations')),
    )
    op.create_table('configuration_versions',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('device', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('revision', sa.String(), nullable=False),
    sa.Column('author', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('ticket', sa.String(), nullable=False),
    sa.Column('added', sa.Integer(), nullable=False),
    sa.Column('removed', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_configuration_versions')),
    )
    op.create_index('ix_configuration_versions_device', 'configuration_versions', ['device', 'id'])


def downgrade() -> None:
    op.drop_table('configuration_versions')
    op.drop_table('configurations')
